//! Git's packet lines (`gitprotocol-common(5)`): four hexadecimal digits of length, then the content.

/// Ends a section of packets.
pub(super) const FLUSH: &[u8] = b"0000";

/// The band of a multiplexed answer that clients show to people, each line after `remote: `.
const MESSAGE_BAND: u8 = 2;

/// The longest remark; it must fit a packet whatever the client's limit.
const REMARK_LIMIT: usize = 900;

/// Makes a packet of a text.
pub(super) fn line(text: &str) -> Vec<u8> {
    let mut packet = format!("{:04x}", text.len() + 4).into_bytes();
    packet.extend_from_slice(text.as_bytes());
    packet
}

/// Adds remarks for the person who pushes at the end of an answer, where the answer is multiplexed.
pub(super) fn append_remarks(answer: &mut Vec<u8>, remarks: &[String]) {
    let is_multiplexed = answer.get(4).is_some_and(|band| (1..=3).contains(band)) && answer.ends_with(FLUSH);
    if !is_multiplexed {
        return;
    }
    answer.truncate(answer.len() - FLUSH.len());
    for remark in remarks {
        // A remark is one line, without control characters that would change the terminal.
        let shown: String = remark.chars().filter(|character| !character.is_control()).take(REMARK_LIMIT / 4).collect();
        answer.extend_from_slice(&line(&format!("{}pipectl: {shown}\n", char::from(MESSAGE_BAND))));
    }
    answer.extend_from_slice(FLUSH);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_go_before_the_end_of_a_multiplexed_answer_only() {
        let mut answer = b"000a\x01hello0000".to_vec();
        append_remarks(&mut answer, &["started\x1b[1m".to_owned()]);
        assert_eq!(answer, b"000a\x01hello0019\x02pipectl: started[1m\n0000");
        let mut plain = b"000eunpack ok\n0000".to_vec();
        append_remarks(&mut plain, &["started".to_owned()]);
        assert_eq!(plain, b"000eunpack ok\n0000");
    }
}
