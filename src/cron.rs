//! Schedules: times of days that an expression names. Pure.
//!
//! The expressions are Quartz's, which CodePipeline takes for windows of deployment: seconds, minutes, hours, day of the
//! month, month, day of the week and, if given, years. Time zones are those of the database that is built in, so that a
//! name means the same everywhere.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::text;

/// How many days are looked through for the next time: until February 29th has come again, even across a century.
const LOOK_AHEAD: usize = 366 * 8 + 2;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: Vec<i16>,
    hours: Vec<i16>,
    days: Vec<Day>,
    months: Vec<i16>,
    years: Option<Vec<i16>>,
}

/// The days of a month that are meant; one of several is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Day {
    /// All.
    Any,
    /// That of a number.
    Number(i16),
    /// The last one, or so many before it.
    Last { before: i16 },
    /// The working day next to that of a number, within the month.
    Working(i16),
    /// The last working day.
    LastWorking,
    /// Each of a weekday; Sunday is 1.
    Weekday(i16),
    /// The one of a weekday that is the n-th in its month.
    Nth { weekday: i16, n: i16 },
    /// The last one of a weekday.
    LastWeekday(i16),
}

/// Why an expression is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No day is meant by it.
    #[error("there is no such day in any of its years")]
    NoDay,
    /// It has too few or too many fields.
    #[error(
        "{found} fields instead of 6 or 7: seconds, minutes, hours, day of the month, month, day of the week, years"
    )]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// Seconds are named.
    #[error("the seconds are `{0}`, but only `*` is possible")]
    Seconds(String),
    /// A field is not understood.
    #[error("`{text}` is not understood as {what}")]
    Field {
        /// What was read.
        text: String,
        /// What was expected, with its range.
        what: &'static str,
    },
    /// A month is named by its number.
    #[error("`{0}` numbers months; write `JAN` to `DEC`, since CodePipeline's documentation numbers them in two ways")]
    MonthNumber(String),
    /// Days are named in both ways.
    #[error("days are named in two ways: write `?` for the day of the month or for the day of the week")]
    TwoDays,
    /// Days are named in neither way.
    #[error("no days are named: write `*` for the day of the month or for the day of the week")]
    NoDays,
}

/// A name that no time zone has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no time zone")]
pub struct UnknownZone {
    /// The name.
    pub name: String,
    /// That of a time zone which may be meant.
    pub similar: Option<String>,
}

/// The time zone of a name, as CodePipeline takes names: `UTC`, or a region and a city, such as `Europe/Berlin`.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    if name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    let is_it = |zone: &TimeZone| name.contains('/') && zone.iana_name() == Some(name);
    TimeZone::get(name).ok().filter(is_it).ok_or_else(|| UnknownZone { name: name.to_owned(), similar: similar(name) })
}

/// The time zone of the same city, or else the one with the nearest name.
fn similar(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let named = || names.iter().map(String::as_str).filter(|name| name.contains('/') || *name == "UTC");
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().replace(' ', "_").to_ascii_lowercase();
    let same = named().find(|known| known.eq_ignore_ascii_case(name));
    let of_city = || named().find(|known| city(known) == city(name));
    same.or_else(of_city).or_else(|| text::nearest(name, named())).map(str::to_owned)
}

impl Schedule {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let (fields, years) = match fields.as_slice() {
            [first @ .., years] if first.len() == 6 => (first.to_vec(), Some(*years)),
            six if six.len() == 6 => (six.to_vec(), None),
            other => return Err(ScheduleError::Fields { found: other.len() }),
        };
        let [seconds, minutes, hours, day, month, weekday] = fields.as_slice() else {
            return Err(ScheduleError::Fields { found: fields.len() });
        };
        if *seconds != "*" {
            return Err(ScheduleError::Seconds((*seconds).to_owned()));
        }
        let days = match (*day, *weekday) {
            ("?", "?") => return Err(ScheduleError::NoDays),
            ("?", "*") | ("*", "?") => vec![Day::Any],
            (day, "?") => list(day, day_of_month)?,
            ("?", weekday) => list(weekday, day_of_week)?,
            _ => return Err(ScheduleError::TwoDays),
        };
        let is_number =
            |part: &str| part.split('/').next().is_some_and(|base| base.contains(|it: char| it.is_ascii_digit()));
        if month.split(',').any(is_number) {
            return Err(ScheduleError::MonthNumber((*month).to_owned()));
        }
        let schedule = Self {
            minutes: numbers(minutes, &MINUTES)?,
            hours: numbers(hours, &HOURS)?,
            days,
            months: numbers(month, &MONTH)?,
            years: years.filter(|years| *years != "*").map(|years| numbers(years, &YEARS)).transpose()?,
        };
        if schedule.has_a_day() { Ok(schedule) } else { Err(ScheduleError::NoDay) }
    }

    /// Tells whether any day is meant, whenever that is.
    fn has_a_day(&self) -> bool {
        // After 28 years, days of the month and of the week, leap days included, fall together as before.
        let years = self.years.clone().unwrap_or_else(|| (2000..2028).collect());
        years.into_iter().any(|year| {
            let first = Date::new(year, 1, 1).ok();
            let days = std::iter::successors(first, |date| date.tomorrow().ok());
            days.take_while(|date| date.year() == year).any(|date| self.is_on(date))
        })
    }

    /// Tells whether a minute is in the schedule.
    pub fn includes(&self, moment: DateTime) -> bool {
        self.is_on(moment.date())
            && self.hours.contains(&i16::from(moment.hour()))
            && self.minutes.contains(&i16::from(moment.minute()))
    }

    /// The first moment from the given one on that is in the schedule, if there is one in the next years.
    pub fn next(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = zone.to_datetime(from);
        if self.includes(start) {
            return Some(from);
        }
        let mut date = start.date();
        for _ in 0..LOOK_AHEAD {
            if self.is_on(date) {
                let hours = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
                let moments = hours.filter_map(|(hour, minute)| {
                    let moment = date.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
                    zone.to_timestamp(moment).ok()
                });
                if let Some(next) = moments.filter(|moment| *moment >= from).min() {
                    return Some(next);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        self.years.as_ref().is_none_or(|years| years.contains(&date.year()))
            && self.months.contains(&i16::from(date.month()))
            && self.days.iter().any(|day| day.is_on(date))
    }
}

impl Day {
    fn is_on(&self, date: Date) -> bool {
        let (day, last) = (i16::from(date.day()), i16::from(date.days_in_month()));
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        match *self {
            Self::Any => true,
            Self::Number(number) => day == number,
            Self::Last { before } => day == last - before,
            Self::Working(number) => is_next_working_day(date, number.min(last)),
            Self::LastWorking => is_next_working_day(date, last),
            Self::Weekday(wanted) => weekday == wanted,
            Self::Nth { weekday: wanted, n } => weekday == wanted && (day - 1) / 7 + 1 == n,
            Self::LastWeekday(wanted) => weekday == wanted && day + 7 > last,
        }
    }
}

/// Tells whether a date is the working day next to the day of a number in its month.
fn is_next_working_day(date: Date, number: i16) -> bool {
    let Some(wanted) = i8::try_from(number).ok().and_then(|day| Date::new(date.year(), date.month(), day).ok()) else {
        return false;
    };
    let last = i16::from(date.days_in_month());
    let shift = match wanted.weekday() {
        Weekday::Saturday if number == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if number == last => -2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    i16::from(date.day()) == number + shift
}

/// The values of a field.
struct Field {
    what: &'static str,
    lowest: i16,
    highest: i16,
    names: &'static [&'static str],
}

const MINUTES: Field = Field { what: "minutes from 0 to 59", lowest: 0, highest: 59, names: &[] };
const HOURS: Field = Field { what: "hours from 0 to 23", lowest: 0, highest: 23, names: &[] };
const DAYS: Field = Field { what: "a day of the month from 1 to 31", lowest: 1, highest: 31, names: &[] };
const MONTH: Field = Field { what: "a month from JAN to DEC", lowest: 1, highest: 12, names: &MONTHS };
const WEEKDAY: Field = Field { what: "a day of the week from SUN to SAT", lowest: 1, highest: 7, names: &WEEKDAYS };
const YEARS: Field = Field { what: "years from 1970 to 2199", lowest: 1970, highest: 2199, names: &[] };

impl Field {
    fn error(&self, text: &str) -> ScheduleError {
        ScheduleError::Field { text: text.to_owned(), what: self.what }
    }

    fn value(&self, text: &str) -> Result<i16, ScheduleError> {
        let by_name = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match by_name.and_then(|position| i16::try_from(position).ok()) {
            Some(position) => position + self.lowest,
            None => text.parse().map_err(|_| self.error(text))?,
        };
        if (self.lowest..=self.highest).contains(&value) { Ok(value) } else { Err(self.error(text)) }
    }

    /// The values of one part of a list: `*`, `3`, `3-5`, `3/2`, `3-5/2`. A range may go over the end.
    fn part(&self, text: &str) -> Result<Vec<i16>, ScheduleError> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<i16>().map_err(|_| self.error(text))?)),
            None => (text, None),
        };
        let (first, last) = match (range.split_once('-'), range) {
            (Some((first, last)), _) => (self.value(first)?, self.value(last)?),
            (None, "*") => (self.lowest, self.highest),
            (None, one) => {
                let first = self.value(one)?;
                (first, if step.is_some() { self.highest } else { first })
            }
        };
        let size = self.highest - self.lowest + 1;
        let length = (last - first).rem_euclid(size);
        let step = step.unwrap_or(1);
        if step < 1 {
            return Err(self.error(text));
        }
        let steps = (0..=length).step_by(usize::try_from(step).unwrap_or(1));
        Ok(steps.map(|offset| (first - self.lowest + offset) % size + self.lowest).collect())
    }
}

/// The values of a field that is a list of numbers.
fn numbers(text: &str, field: &Field) -> Result<Vec<i16>, ScheduleError> {
    let mut values = list(text, |part| field.part(part))?;
    values.sort_unstable();
    values.dedup();
    Ok(values)
}

fn list<T>(text: &str, part: impl Fn(&str) -> Result<Vec<T>, ScheduleError>) -> Result<Vec<T>, ScheduleError> {
    let parts: Vec<Vec<T>> = text.split(',').map(part).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

fn day_of_month(text: &str) -> Result<Vec<Day>, ScheduleError> {
    if let Some(before) = text.strip_prefix("L-") {
        let before = before.parse().ok().filter(|before| (0..=30).contains(before)).ok_or_else(|| DAYS.error(text))?;
        return Ok(vec![Day::Last { before }]);
    }
    match text {
        "L" => Ok(vec![Day::Last { before: 0 }]),
        "LW" => Ok(vec![Day::LastWorking]),
        _ => match text.strip_suffix('W') {
            Some(number) => Ok(vec![Day::Working(DAYS.value(number)?)]),
            None => Ok(DAYS.part(text)?.into_iter().map(Day::Number).collect()),
        },
    }
}

fn day_of_week(text: &str) -> Result<Vec<Day>, ScheduleError> {
    if let Some((weekday, n)) = text.split_once('#') {
        let n = n.parse().ok().filter(|n| (1..=5).contains(n)).ok_or_else(|| WEEKDAY.error(text))?;
        return Ok(vec![Day::Nth { weekday: WEEKDAY.value(weekday)?, n }]);
    }
    match text.strip_suffix('L') {
        Some("") => Ok(vec![Day::Weekday(WEEKDAY.highest)]),
        Some(weekday) => Ok(vec![Day::LastWeekday(WEEKDAY.value(weekday)?)]),
        None => Ok(WEEKDAY.part(text)?.into_iter().map(Day::Weekday).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(schedule: &str, moment: &str) -> bool {
        Schedule::parse(schedule).unwrap().includes(moment.parse().unwrap())
    }

    #[test]
    fn working_hours_are_understood() {
        let office = "* * 9-16 ? * MON-FRI";
        assert!(includes(office, "2026-08-21T09:00"));
        assert!(includes(office, "2026-08-21T16:59:30"));
        assert!(!includes(office, "2026-08-21T17:00"));
        assert!(!includes(office, "2026-08-22T12:00"), "a Saturday");
        assert!(includes("* 0/15,7 * * * ? *", "2026-08-22T12:07"));
        assert!(includes("* 0/15,7 * * * ?", "2026-08-22T12:45"));
        assert!(!includes("* 0/15,7 * * * ?", "2026-08-22T12:46"));
        assert!(includes("* * 22-2 ? * SAT-SUN", "2026-08-23T01:00"));
        assert!(includes("* * * 1-7 JAN,JUL ? 2027-2028", "2027-07-03T00:00"));
        assert!(!includes("* * * 1-7 JAN,JUL ? 2027-2028", "2026-07-03T00:00"));
    }

    #[test]
    fn days_may_be_counted_from_the_end_and_by_weeks() {
        let on = |day: &str, weekday: &str, date: &str| {
            includes(&format!("* * * {day} * {weekday}"), &format!("{date}T08:00"))
        };
        assert!(on("L", "?", "2028-02-29"));
        assert!(!on("L", "?", "2028-02-28"));
        assert!(on("L-3", "?", "2026-08-28"));
        // August 15th and 16th of 2026 are a Saturday and a Sunday, and so is May 31st.
        assert!(on("15W", "?", "2026-08-14"));
        assert!(on("16W", "?", "2026-08-17"));
        assert!(on("LW", "?", "2026-05-29"));
        assert!(on("1W", "?", "2026-08-03"), "not in the month before");
        assert!(on("?", "FRI#3", "2026-08-21"));
        assert!(!on("?", "FRI#3", "2026-08-14"));
        assert!(on("?", "6L", "2026-08-28"));
        assert!(!on("?", "6L", "2026-08-21"));
        assert!(on("?", "L", "2026-08-22"));
    }

    #[test]
    fn the_next_time_is_found_in_its_time_zone() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let next = |schedule: &str, from: &str| {
            let next = Schedule::parse(schedule).unwrap().next(from.parse().unwrap(), &berlin);
            next.map(|moment| moment.to_string())
        };
        let office = "* * 9-16 ? * MON-FRI";
        assert_eq!(next(office, "2026-08-21T10:00:30Z").as_deref(), Some("2026-08-21T10:00:30Z"));
        assert_eq!(next(office, "2026-08-21T15:00:00Z").as_deref(), Some("2026-08-24T07:00:00Z"));
        assert_eq!(next(office, "2026-12-18T16:30:00Z").as_deref(), Some("2026-12-21T08:00:00Z"));
        assert_eq!(next("* 30 2 29 FEB ?", "2026-08-21T00:00:00Z").as_deref(), Some("2028-02-29T01:30:00Z"));
        assert_eq!(next("* * * * * ? 1999", "2026-08-21T00:00:00Z"), None);
    }

    #[test]
    fn time_zones_are_named_by_their_cities() {
        let similar = |name: &str| zone(name).unwrap_err().similar;
        assert!(zone("UTC").is_ok() && zone("Europe/Berlin").is_ok() && zone("America/Argentina/Buenos_Aires").is_ok());
        assert_eq!(similar("Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(similar("europe/berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(similar("America/New York").as_deref(), Some("America/New_York"));
        assert_eq!(similar("Europe/Berln").as_deref(), Some("Europe/Berlin"));
        assert_eq!(similar("utc").as_deref(), Some("UTC"));
        assert_eq!(similar("the office"), None);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        let refused = |text: &str| Schedule::parse(text).unwrap_err().to_string();
        assert!(refused("0 9 * * *").starts_with("5 fields"));
        assert!(refused("0 * 9 ? * MON").contains("only `*`"));
        assert!(refused("* 60 * * * ?").contains("minutes from 0 to 59"));
        assert_eq!(refused("* 0 0 30 FEB ?"), "there is no such day in any of its years");
        assert_eq!(refused("* 0 0 29 FEB ? 2001-2003"), "there is no such day in any of its years");
        assert!(Schedule::parse("* 0 0 29 FEB ?").is_ok());
        assert!(refused("* * * 32 * ?").contains("`32`"));
        assert!(refused("* * * ? 8 MON").contains("`JAN` to `DEC`"));
        assert!(refused("* * * 1 * MON").contains("two ways"));
        assert!(refused("* * * * * *").contains("two ways"));
        assert!(refused("* * * 1 * *").contains("two ways"));
        assert!(refused("* * * * * MON").contains("two ways"));
        assert!(refused("* * * ? * ?").contains("no days"));
        assert!(refused("* * * ? * MON#6").contains("MON#6"));
        assert!(refused("* */0 * * * ?").contains("*/0"));
        assert!(refused("* 1-x * * * ?").contains("`x`"));
    }
}
