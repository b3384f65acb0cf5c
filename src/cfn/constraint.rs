//! What a template demands of the values of its parameters ("Parameters section", CloudFormation user guide).

use serde_json::Value;

use super::Parameter;
use crate::text;

/// What is demanded of a parameter's values, besides its type and the values that are allowed; as the template has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    pattern: Option<String>,
    /// `MinLength` and `MaxLength`.
    length: [Option<Value>; 2],
    /// `MinValue` and `MaxValue`.
    value: [Option<Value>; 2],
    /// What the template itself says of them.
    description: Option<String>,
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// What is wrong with it: the end of a sentence that begins with the value.
    pub problem: String,
    /// What would be right.
    pub help: Option<String>,
}

/// What Java's regular expressions, which CloudFormation uses, say otherwise than ours.
const SAID_OTHERWISE: [&str; 5] = ["--", "~~", "[:", "&&", "\\G"];

impl Constraints {
    /// Reads what a parameter's declaration demands.
    pub(super) fn of(declaration: &Value) -> Self {
        let text = |key| declaration.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            pattern: text("AllowedPattern"),
            length: ["MinLength", "MaxLength"].map(|key| declaration.get(key).cloned()),
            value: ["MinValue", "MaxValue"].map(|key| declaration.get(key).cloned()),
            description: text("ConstraintDescription"),
        }
    }
}

impl Parameter {
    /// Why CloudFormation refuses a value, as far as that follows from the template. Of what is looked up somewhere, nothing
    /// is known.
    pub fn objection(&self, value: &str) -> Option<Objection> {
        if self.parameter_type.starts_with("AWS::SSM::") || (self.is_list() && value.is_empty()) {
            return None;
        }
        let elements = match self.is_list() {
            true => value.split(',').map(str::trim).collect::<Vec<_>>(),
            false => vec![value],
        };
        let objection = elements.into_iter().find_map(|element| self.objection_to(element))?;
        let description = self.constraints.description.as_ref().map(|text| format!("the template says: {text}"));
        Some(Objection { help: description.or(objection.help), ..objection })
    }

    fn objection_to(&self, value: &str) -> Option<Objection> {
        let Constraints { pattern, length, value: range, .. } = &self.constraints;
        let objection = |problem: String| Some(Objection { problem, help: None });
        let is_number = matches!(self.parameter_type.as_str(), "Number" | "List<Number>");
        if is_number && number(value).is_none() {
            return objection("is not a number".to_owned());
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| is_same(allowed, value)) {
            let known: Vec<&str> = self.allowed.iter().map(String::as_str).collect();
            let near = text::nearest(value, known.iter().copied()).map(|near| format!("a similar value is: `{near}`"));
            let help = near.unwrap_or_else(|| format!("allowed: {}", text::list(&known)));
            return Some(Objection { problem: "is not one of its allowed values".to_owned(), help: Some(help) });
        }
        match self.parameter_type.as_str() {
            "String" | "CommaDelimitedList" => {
                if let Some(pattern) = pattern.as_ref().filter(|pattern| is_mismatch(pattern, value)) {
                    return objection(format!("does not match its pattern `{pattern}`"));
                }
                let count = value.chars().count();
                let outside = (self.parameter_type == "String").then(|| outside(count as f64, length)).flatten();
                objection(format!("has {}, but it must have {}", text::count(count, "character"), outside?))
            }
            "Number" => objection(format!("is a number that must be {}", outside(number(value)?, range)?)),
            _ => None,
        }
    }
}

/// What a number would have to be, if it is not.
fn outside(number: f64, [least, most]: &[Option<Value>; 2]) -> Option<String> {
    let bound = |bound: &Option<Value>| match bound.as_ref()? {
        Value::Number(bound) => bound.as_f64(),
        Value::String(bound) => self::number(bound),
        _ => None,
    };
    if let Some(least) = bound(least).filter(|least| number < *least) {
        return Some(format!("at least {least}"));
    }
    let most = bound(most).filter(|most| number > *most)?;
    Some(format!("at most {most}"))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// Whether two values are the same, though one of them may have been written as a number or a boolean.
fn is_same(allowed: &str, given: &str) -> bool {
    let is_same_number = || number(allowed).is_some_and(|allowed| number(given) == Some(allowed));
    let is_same_word = || matches!(allowed, "true" | "false") && allowed.eq_ignore_ascii_case(given);
    allowed == given || is_same_number() || is_same_word()
}

/// Whether a value certainly does not match a pattern, which is for the whole of it.
fn is_mismatch(pattern: &str, value: &str) -> bool {
    if SAID_OTHERWISE.iter().any(|part| pattern.contains(part)) {
        return false;
    }
    regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| !pattern.is_match(value))
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use crate::cfn::Template;

    fn problem(declaration: &str, value: &str) -> Option<String> {
        let text = format!("Parameters: {{P: {{{declaration}}}}}\nResources: {{R: {{Type: T}}}}");
        let template = Template::parse(Utf8Path::new("app.yaml"), &text).unwrap();
        template.parameters()["P"].objection(value).map(|objection| objection.problem)
    }

    #[test]
    fn values_are_held_against_what_is_demanded() {
        for (declaration, bad, good, problem_of_bad) in [
            ("Type: Number", "many", "1.5", "is not a number"),
            ("Type: List<Number>", "1,x", "1, 2", "is not a number"),
            ("Type: String, AllowedValues: [dev, prod]", "prd", "prod", "is not one of its allowed values"),
            ("Type: CommaDelimitedList, AllowedValues: [a, b]", "a,c", "b, a", "is not one of its allowed values"),
            ("Type: String, AllowedPattern: '[a-z]+'", "a1", "ab", "does not match its pattern `[a-z]+`"),
            ("Type: String, MinLength: 2", "a", "ab", "has 1 character, but it must have at least 2"),
            ("Type: String, MaxLength: '2'", "abc", "ab", "has 3 characters, but it must have at most 2"),
            ("Type: Number, MinValue: 1, MaxValue: 9", "10", "9", "is a number that must be at most 9"),
        ] {
            assert_eq!(problem(declaration, bad).as_deref(), Some(problem_of_bad), "{declaration}");
            assert_eq!(problem(declaration, good), None, "{declaration}");
        }
    }

    #[test]
    fn what_cloudformation_may_take_is_not_refused() {
        for (declaration, value) in [
            ("Type: String, AllowedValues: [true, 1.10]", "true"),
            ("Type: String, AllowedValues: [true, 1.10]", "1.10"),
            ("Type: String, AllowedPattern: '(?!aws)[a-z]+'", "aws"),
            ("Type: String, AllowedPattern: '[a-z--b]'", "B"),
            ("Type: 'AWS::SSM::Parameter::Value<String>', AllowedPattern: x", "/path"),
            ("Type: 'AWS::EC2::VPC::Id', MinLength: 40", "vpc-1"),
            ("Type: CommaDelimitedList, AllowedValues: [a]", ""),
        ] {
            assert_eq!(problem(declaration, value), None, "{declaration}");
        }
    }
}
