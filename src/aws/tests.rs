use serde_json::json;

use super::{answer, error, query};
use crate::call::Ec2;
use crate::cloud::ErrorKind;

fn place() -> Ec2 {
    Ec2 { region: "eu-west-1".to_owned(), ..Ec2::default() }
}

#[test]
fn parameters_are_numbered_and_joined() {
    let parameters = json!({
        "VpcId": "vpc-1",
        "PrivateDnsEnabled": true,
        "SubnetId": ["subnet-1", "subnet-2"],
        "TagSpecification": [{ "ResourceType": "vpc-endpoint", "Tag": [{ "Key": "a b", "Value": "c&d" }] }],
        "Nothing": null,
    });
    let body = query::body("CreateVpcEndpoint", "2016-11-15", &query::flat(&parameters));
    let mut parts: Vec<&str> = body.split('&').collect();
    parts.sort_unstable();
    assert_eq!(
        parts,
        [
            "Action=CreateVpcEndpoint",
            "PrivateDnsEnabled=true",
            "SubnetId.1=subnet-1",
            "SubnetId.2=subnet-2",
            "TagSpecification.1.ResourceType=vpc-endpoint",
            "TagSpecification.1.Tag.1.Key=a+b",
            "TagSpecification.1.Tag.1.Value=c%26d",
            "Version=2016-11-15",
            "VpcId=vpc-1",
        ]
    );
}

#[test]
fn answers_become_lists_and_things_with_ids() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
        <DescribeVpcPeeringConnectionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
          <requestId>r</requestId>
          <vpcPeeringConnectionSet>
            <item>
              <vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>
              <status><code>active</code><message>A &amp; B &#65;</message></status>
              <tagSet/>
              <accepterVpcInfo><vpcId>vpc-2</vpcId></accepterVpcInfo>
            </item>
          </vpcPeeringConnectionSet>
        </DescribeVpcPeeringConnectionsResponse>"#;
    let parsed = answer::parse(text).expect("XML");
    let item = json!({
        "id": "pcx-1",
        "vpcPeeringConnectionId": "pcx-1",
        "status": { "code": "active", "message": "A & B A" },
        "tagSet": [],
        "accepterVpcInfo": { "vpcId": "vpc-2" },
    });
    assert_eq!(answer::list(&parsed), Some(&vec![item]));
    let nothing = answer::parse("<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>");
    assert_eq!(answer::list(&nothing.expect("XML")), Some(&Vec::new()), "an empty list is a list");
    let made = answer::parse("<CreateX><vpcEndpoint><vpcEndpointId>vpce-1</vpcEndpointId></vpcEndpoint></CreateX>");
    assert_eq!(made.expect("XML").pointer("/vpcEndpoint/id"), Some(&json!("vpce-1")));
}

#[test]
fn what_is_not_an_answer_is_refused() {
    for text in ["", "<a>", "<a><b></a>", "<a>&what;</a>", "plain words", "{\"json\": true}"] {
        assert!(answer::parse(text).is_err(), "{text}");
    }
}

#[test]
fn refusals_have_their_classes() {
    let classes = [
        ("InvalidVpcID.NotFound", 400, ErrorKind::NotFound),
        ("UnauthorizedOperation", 403, ErrorKind::Forbidden),
        ("AuthFailure", 401, ErrorKind::Unauthorized),
        ("RequestLimitExceeded", 503, ErrorKind::RateLimited),
        ("RouteAlreadyExists", 400, ErrorKind::Conflict),
        ("InternalError", 500, ErrorKind::Server),
        ("SomethingNew", 502, ErrorKind::Server),
        ("InvalidParameterValue", 400, ErrorKind::Rejected),
    ];
    for (code, status, kind) in classes {
        let text = format!(
            "<Response><Errors><Error><Code>{code}</Code><Message>Why.</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        );
        let refused = error::refusal(&place(), "CreateRoute", status, &answer::parse(&text).expect("XML"));
        assert_eq!(refused.kind, kind, "{code}");
        assert_eq!(refused.describe(), format!("POST ec2.eu-west-1/CreateRoute: {code}: Why. (request r-1)"));
    }
}

#[test]
fn a_deletion_that_names_what_it_could_not_delete_is_a_refusal() {
    let text = "<DeleteVpcEndpointsResponse><unsuccessful><item><resourceId>vpce-1</resourceId><error>\
                <code>InvalidVpcEndpoint.NotFound</code><message>Gone.</message></error></item></unsuccessful>\
                </DeleteVpcEndpointsResponse>";
    let refused = error::unsuccessful(&place(), "DeleteVpcEndpoints", &answer::parse(text).expect("XML"));
    assert_eq!(refused.map(|e| e.kind), Some(ErrorKind::NotFound));
    let all = answer::parse("<DeleteVpcEndpointsResponse><unsuccessful/></DeleteVpcEndpointsResponse>").expect("XML");
    assert!(error::unsuccessful(&place(), "DeleteVpcEndpoints", &all).is_none());
}
