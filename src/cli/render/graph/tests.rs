use insta::assert_snapshot;

use super::*;

fn graph() -> Graph {
    let node = |label: &str, class| Node { label: label.into(), class };
    Graph {
        nodes: vec![
            node("service.old", Class::Delete),
            node("service.fleet[\"a<b>\"]", Class::Create),
            node("terraform_data.x", Class::Update),
        ],
        edges: vec![(1, 2), (2, 0)],
    }
}

#[test]
fn dot_and_mermaid_quote_names() {
    assert_snapshot!(graph().dot(), @r##"
    digraph housewright {
      rankdir = LR;
      node [shape = box, style = filled];
      "service.old" [fillcolor = "#f5b5b5"];
      "service.fleet[\"a<b>\"]" [fillcolor = "#cfead6"];
      "terraform_data.x" [fillcolor = "#fbe8b8"];
      "service.fleet[\"a<b>\"]" -> "terraform_data.x";
      "terraform_data.x" -> "service.old";
    }
    "##);
    assert_snapshot!(graph().mermaid(), @r##"
    flowchart LR
      n0["service.old"]:::delete
      n1["service.fleet#91;#34;a#60;b#62;#34;#93;"]:::create
      n2["terraform_data.x"]:::update
      n1 --> n2
      n2 --> n0
      classDef create fill:#cfead6,stroke:#555,color:#111
      classDef delete fill:#f5b5b5,stroke:#555,color:#111
      classDef update fill:#fbe8b8,stroke:#555,color:#111
    "##);
}

#[test]
fn what_is_needed_stands_to_the_left() {
    let cells = layout::cells(&graph());
    assert_eq!(cells.iter().map(|c| c.column).collect::<Vec<_>>(), [0, 2, 1]);
    let svg = drawing(&graph());
    assert!(svg.contains("a&lt;b&gt;") && !svg.contains("a<b>"), "{svg}");
    assert_eq!(svg.matches("class=\"edge\"").count(), 2);
}

#[test]
fn long_columns_go_on_beside_and_circles_end() {
    let nodes = (0..100).map(|i| Node { label: format!("n{i}"), class: Class::Plain }).collect();
    let cells = layout::cells(&Graph { nodes, edges: vec![(0, 1), (1, 0)] });
    assert!(cells.iter().all(|c| c.row < 40) && cells.iter().any(|c| c.column >= 2));
    assert_eq!(drawing(&Graph::default()).matches("<g").count(), 0);
}
