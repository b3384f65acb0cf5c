use super::*;

/// What is said of a template, each with the text at its place.
fn told(text: &str) -> Vec<String> {
    let Err(report) = Template::parse(Utf8Path::new("app.yaml"), text) else { return Vec::new() };
    let told = |finding: Diagnostic| {
        let place = &text[finding.labels[0].span.clone()];
        let help = finding.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
        let line = text[..finding.labels[0].span.start].matches('\n').count() + 1;
        format!("{line} {place}: {}{help}", finding.message)
    };
    report.diagnostics.into_iter().map(told).collect()
}

const DANGLING: &str = "\
Description: Topic, Toppic and IsProd of the shop
Parameters: {Stage: {Type: String}}
Conditions:
  IsProd: !Equals [!Ref Stag, prod]
  IsBoth: !And [Condition: IsPord, !Not [!Equals [!Ref 'AWS::Regon', x]]]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DeletionPolicy: Retian
    DependsOn: [Queu]
    Condition: IsProd
    Propertys: {}
  Queue:
    Type: AWS::SQS::Queue
    Condition: IsDev
    Properties:
      QueueName: !If [IsProdd, !GetAtt Toppic.TopicName, !Sub 'x-${Topik.Name}-${!Kept}']
Output:
  Url: {Value: x}
";

const FINDINGS: [&str; 11] = [
    "18 Output: template `app.yaml` has a section `Output`, which CloudFormation does not know (a section with a similar name exists: `Outputs`)",
    "12 Propertys: resource `Topic` has an attribute `Propertys`, which CloudFormation does not know (an attribute with a similar name exists: `Properties`)",
    "9 Retian: resource `Topic`: `Retian` is not a value of `DeletionPolicy` (a similar value exists: `Retain`)",
    "10 Queu: `Topic` depends on `Queu`, but the template declares no such resource (a resource with a similar name exists: `Queue`)",
    "5 AWS::Regon: `AWS::Regon` is referred to, but the template declares no such resource or parameter (a similar name is declared: `AWS::Region`)",
    "4 Stag: `Stag` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Stage`)",
    "17 Topik: `Topik` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Topic`)",
    "17 Toppic: `Toppic` is referred to, but the template declares no such resource or parameter (a similar name is declared: `Topic`)",
    "15 IsDev: condition `IsDev` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
    "5 IsPord: condition `IsPord` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
    "17 IsProdd: condition `IsProdd` is named, but the template declares none of this name (a condition with a similar name exists: `IsProd`)",
];

#[test]
fn names_of_nothing_are_told_where_they_stand() {
    let mut told = told(DANGLING);
    told.sort();
    let mut expected =
        FINDINGS.map(|finding| finding.replace(" (a condition with a similar name exists: `IsProd`)", ""));
    expected.sort();
    let without_help = |told: &String| told.replace(" (a condition with a similar name exists: `IsProd`)", "");
    let without_list = |told: String| told.replace(" (known: `IsBoth` and `IsProd`)", "");
    assert_eq!(told.iter().map(without_help).map(without_list).collect::<Vec<_>>(), expected);
}

#[test]
fn what_mappings_and_defaults_cannot_be_is_told() {
    let text = "\
Parameters:
  Size: {Type: String, AllowedValues: [small, large], Default: smal}
  Key: {Type: String, NoEcho: true, MinLength: 8, Default: short}
Mappings:
  Sizes: {small: {Memory: 1}}
Conditions:
  IsLarge: !Equals [!FindInMap [Size, !Ref Size, Memory], '1']
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !FindInMap [Sizes, smal, Memory]
      DisplayName: !If [IsLarge, !FindInMap [Sizes, large, Memory], x]
  Sometimes: {Type: AWS::SNS::Topic, Condition: IsLarge, Properties: {DisplayName: !FindInMap [Sizes, huge, Memory]}}
";
    assert_eq!(
        told(text),
        [
            "7 Size: mapping `Size` is looked for, but the template declares none of this name (a mapping with a similar name exists: `Sizes`)",
            "12 smal: key `smal` is looked for in the mapping `Sizes`, but the template declares none of this name (a key with a similar name exists: `small`)",
            "3 Default: parameter `Key`: its default has 5 characters, but it must have at least 8",
            "2 Default: parameter `Size`: its default `smal` is not one of its allowed values (a similar value is: `small`)",
        ]
    );
}

#[test]
fn functions_and_parameters_have_the_form_that_is_demanded() {
    let text = "\
Parameters:
  Stage: {Default: dev}
Mappings: {Regions: {a: {b: c}}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DependsOn: [3]
    Properties:
      TopicName: {Ref: [Stage]}
      DisplayName: {'Fn::GetAtt': [Queue]}
      Kms: {'Fn::FindInMap': [Region, a, b]}
      Fine: {'Fn::FindInMap': [Regions, a, b]}
      Other: {'Fn::sub': x}
      Newer: {'Fn::GetWeather': x}
  Queue: {Type: AWS::SQS::Queue}
";
    let mut told = told(text);
    told.sort();
    assert_eq!(
        told,
        [
            "10 Fn::GetAtt: `Topic` has a `Fn::GetAtt` without a resource and an attribute (write both: `Fn::GetAtt: [Resource, Attribute]`)",
            "11 Region: mapping `Region` is looked for, but the template declares none of this name (a mapping with a similar name exists: `Regions`)",
            "13 Fn::sub: `Topic` calls `Fn::sub`, which is no function of CloudFormation (a function with a similar name exists: `Fn::Sub`)",
            "2 Stage: parameter `Stage` has no `Type` (`Type: String` takes any text)",
            "7 DependsOn: resource `Topic` depends on what is not a name (write the logical id of a resource, or a list of them)",
            "9 Ref: `Topic` has a `Ref` to what is not a text (write the name of a parameter or of a resource: `Ref: Name`)",
        ]
    );
}

#[test]
fn what_a_macro_makes_is_not_judged() {
    for text in [
        "Transform: AWS::Serverless-2016-10-31\nGlobals: {}\nResources: {F: {Type: AWS::Serverless::Function, DependsOn: FRole}}",
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Topics:\n    - Name\n    - [A, B]\n    - Topic${Name}: {Type: AWS::SNS::Topic}",
        "Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}",
        "Resources: {R: {Type: T, DeletionPolicy: !Ref P, 'Fn::Transform': {Name: M}}}",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn what_cloudformation_takes_is_taken() {
    for text in [
        "Conditions: {C: !Equals [!Ref 'AWS::Region', x]}\nResources:\n  R:\n    Type: AWS::IAM::Policy\n    Properties:\n      \
         PolicyDocument: {Statement: [{Condition: {Bool: {x: true}}, Resource: '{{resolve:ssm:/a}}'}]}\n      \
         N: !If [C, !Ref 'AWS::NoValue', !Sub '${AWS::StackName}-${!Literal}']",
        "Resources: {R: {Type: Custom::X, Version: '1.0', Description: d, UpdateReplacePolicy: Snapshot}}",
        "Hooks: {}\nRules: {R: {Assertions: []}}\nMappings: {}\nResources: {R: {Type: T, DependsOn: []}}",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}
