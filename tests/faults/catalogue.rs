//! The loop: the n-th call fails, for every n; then the verb is run again.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;

use super::bed::Bed;
use super::kind::{Expected, Kind};
use super::proxy::{At, Call, Proxy};
use super::support::command::Said;

/// More calls than any verb makes.
const MOST_CALLS: usize = 150;

/// One run of a verb with a fault, and all that belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its number, which no other case of the verb has.
    pub number: usize,
    /// Cases of one lane come one after the other.
    pub lane: usize,
}

impl Case {
    /// A name of its own.
    pub fn name(self) -> String {
        format!("q{}q", self.number)
    }
}

/// Which calls of a verb fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those that write; the others are also made by another verb of the catalogue.
    Writes,
}

/// A verb that writes to AWS.
pub trait Verb {
    /// The exit codes of a second run that finds that the first one has done everything.
    const AGAIN: &[i32] = &[0];

    /// Which of its calls fail.
    fn scope(&self) -> Scope {
        Scope::All
    }

    /// Makes what the verb works on.
    async fn prepare(&self, bed: &Bed, case: Case);

    /// Runs it. What it has begun ends if this is dropped, as a killed process does.
    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said;

    /// What there is in the end, without names that differ from case to case.
    async fn state(&self, bed: &Bed, case: Case) -> String;
}

/// What is wrong with a case.
struct Problem {
    at: At,
    kind: Kind,
    call: Option<Call>,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.call.as_ref().map_or("no call", |call| &call.operation);
        write!(formatter, "{:?} {:?} ({operation}): {}", self.at, self.kind, self.text)
    }
}

struct Catalogue<'a, V> {
    bed: &'a Bed,
    verb: &'a V,
    expected: String,
    cases: AtomicUsize,
    problems: Mutex<Vec<Problem>>,
}

/// Runs a verb with every fault, so many cases at once.
pub async fn run<V: Verb>(bed: &Bed, verb: &V, lanes: usize) {
    let first = Case { number: 0, lane: 0 };
    verb.prepare(bed, first).await;
    let proxy = Proxy::start(bed.url(), None).await;
    let _ = verb.run(bed, first, &proxy.url).await.code(0);
    let calls = proxy.calls();
    let expected = verb.state(bed, first).await;
    let catalogue = Catalogue { bed, verb, expected, cases: AtomicUsize::new(1), problems: Mutex::new(Vec::new()) };

    let next = AtomicUsize::new(1);
    let end = AtomicUsize::new(match verb.scope() {
        Scope::All => MOST_CALLS,
        Scope::Writes => 1,
    });
    join_all((0..lanes).map(async |lane| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end.load(Ordering::Relaxed) {
                break;
            }
            let kind = Kind::ALL[number % Kind::ALL.len()];
            if catalogue.case(lane, At::Number(number), kind).await.is_none() {
                end.fetch_min(number, Ordering::Relaxed);
            }
        }
    }))
    .await;
    let most = end.into_inner();
    assert!(most < MOST_CALLS, "the verb makes calls without an end");

    let writes = numbered(calls.iter().filter(|call| call.is_write()));
    let jobs = Mutex::new(writes.iter().flat_map(|at| Kind::OF_WRITES.map(|kind| (at.clone(), kind))));
    join_all((0..lanes).map(async |lane| {
        loop {
            let Some((at, kind)) = jobs.lock().unwrap().next() else { break };
            if catalogue.case(lane, at.clone(), kind).await.is_none() {
                catalogue.note(at, kind, None, "the call was not made".to_owned());
            }
        }
    }))
    .await;

    let problems = catalogue.problems.into_inner().unwrap();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let cases = catalogue.cases.into_inner();
    let names: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    println!("{} calls, {cases} cases: {names:?}", calls.len());
    assert!(told.is_empty(), "{} of {cases} cases:\n\n{}", told.len(), told.join("\n\n"));
}

/// The calls, each by its name and its number among those of that name.
fn numbered<'a>(calls: impl Iterator<Item = &'a Call>) -> Vec<At> {
    let mut found: Vec<At> = Vec::new();
    for call in calls {
        let number =
            found.iter().filter(|at| matches!(at, At::Operation(operation, _) if *operation == call.operation)).count();
        found.push(At::Operation(call.operation.clone(), number + 1));
    }
    found
}

impl<V: Verb> Catalogue<'_, V> {
    fn note(&self, at: At, kind: Kind, call: Option<Call>, text: String) {
        self.problems.lock().unwrap().push(Problem { at, kind, call, text });
    }

    /// Runs one case; gives the call that was spoiled, if the verb made so many.
    async fn case(&self, lane: usize, at: At, kind: Kind) -> Option<Call> {
        let Self { bed, verb, .. } = self;
        let case = Case { number: self.cases.fetch_add(1, Ordering::Relaxed), lane };
        verb.prepare(bed, case).await;
        let proxy = Proxy::start(bed.url(), Some((at.clone(), kind))).await;
        let first = tokio::select! {
            biased;
            () = proxy.killed() => None,
            said = verb.run(bed, case, &proxy.url) => Some(said),
        };
        proxy.heal();
        let spoiled = proxy.spoiled();
        let mut texts = Vec::new();
        let expected = spoiled.first().map_or(Expected::Done, |call| kind.expected(call));
        if let Some(said) = &first {
            texts.extend(judge(said, expected, &spoiled, &[bed.secrets(), proxy.secrets()].concat()));
        }
        if first.as_ref().is_none_or(|said| said.code != 0) {
            let again = verb.run(bed, case, &proxy.url).await;
            let may_be_over = kind.has_effect();
            if again.code != 0 && !(may_be_over && V::AGAIN.contains(&again.code)) {
                texts.push(format!("the second run: {again:?}"));
            }
        }
        let state = verb.state(bed, case).await;
        if state != self.expected {
            texts.push(format!("there is\n{state}\ninstead of\n{}", self.expected));
        }
        if !texts.is_empty() {
            let first = first.map(|said| format!("{said:?}")).unwrap_or_default();
            self.note(at, kind, spoiled.first().cloned(), format!("{}\nthe first run: {first}", texts.join("\n")));
        }
        spoiled.into_iter().next()
    }
}

/// What is wrong with what a run said that met a fault in these calls.
fn judge(said: &Said, expected: Expected, spoiled: &[Call], secrets: &[String]) -> Vec<String> {
    let mut texts = Vec::new();
    let all = format!("{}{}", said.output, said.errors);
    if secrets.iter().any(|secret| all.contains(secret.as_str())) {
        texts.push("a secret was printed".to_owned());
    }
    if said.code == 0 {
        return texts;
    }
    let is_expected = match expected {
        Expected::Done => false,
        Expected::Code(codes) => codes.contains(&said.code),
    };
    if !is_expected {
        texts.push(format!("exit code {} is none of {expected:?}", said.code));
    }
    if !spoiled.iter().any(|call| said.errors.contains(call.spoken())) || !said.errors.contains("error") {
        texts.push("the message does not name the call".to_owned());
    }
    if !said.errors.contains("help: ") {
        texts.push("no remedy is told".to_owned());
    }
    texts
}
