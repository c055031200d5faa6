//! The Query protocol on the way in: answers as JSON, whatever they are about.
//!
//! Must not know any particular action.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value as Json};

/// An element that is being read.
struct Open {
    name: String,
    text: String,
    children: Vec<(String, Json)>,
}

/// What stands inside the outermost element. Texts stay texts. An element whose name ends with `Set`, or that holds only
/// `item`s, is a list. A thing that says its id under its own name (`vpcId` in a `vpc`, or in an item of a `vpcSet`) also
/// has it as `id`.
///
/// # Errors
/// When it is not XML.
pub fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(tag) => open.push(begun(tag.local_name().as_ref())),
            Event::Empty(tag) => {
                let element = begun(tag.local_name().as_ref());
                if let Some(done) = end(&mut open, element) {
                    return Ok(done);
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return Err("it ends what was not begun".to_owned()) };
                if let Some(done) = end(&mut open, element) {
                    return Ok(done);
                }
            }
            Event::Text(text) => add_text(&mut open, &text),
            Event::CData(text) => add_text(&mut open, &text),
            Event::GeneralRef(reference) => {
                let number = reference.resolve_char_ref().map_err(|e| e.to_string())?.map(String::from);
                let named = quick_xml::escape::resolve_predefined_entity(&reference).map(str::to_owned);
                let text =
                    number.or(named).ok_or_else(|| format!("it names an unknown character `{}`", &*reference))?;
                add_text(&mut open, &text);
            }
            Event::Eof => return Err("it ends too early".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
        }
    }
}

/// The list that an answer to a `Describe…` action holds.
pub fn list(answer: &Json) -> Option<&Vec<Json>> {
    answer.as_object()?.values().find_map(Json::as_array)
}

fn begun(name: &str) -> Open {
    Open { name: name.to_owned(), text: String::new(), children: Vec::new() }
}

fn add_text(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// An element has ended: gives it to the one around it, or back when it was the outermost.
fn end(open: &mut [Open], element: Open) -> Option<Json> {
    let set = open.last().map(|around| around.name.clone());
    let (name, value) = (element.name.clone(), finished(element, set.as_deref()));
    match open.last_mut() {
        Some(around) => {
            around.children.push((name, value));
            None
        }
        None => Some(value),
    }
}

fn finished(element: Open, around: Option<&str>) -> Json {
    let Open { name, text, children } = element;
    let items = !children.is_empty() && children.iter().all(|(name, _)| name == "item");
    if items || children.is_empty() && name.ends_with("Set") && text.trim().is_empty() {
        return Json::Array(children.into_iter().map(|(_, value)| value).collect());
    }
    if children.is_empty() {
        return Json::String(text);
    }
    let mut fields: Map<String, Json> = children.into_iter().collect();
    let thing = if name == "item" { around.and_then(|a| a.strip_suffix("Set")) } else { Some(name.as_str()) };
    let id = thing.and_then(|thing| fields.get(&format!("{thing}Id"))).cloned();
    if let Some(id) = id {
        fields.insert("id".to_owned(), id);
    }
    Json::Object(fields)
}
