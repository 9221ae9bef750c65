//! An arrival and its raw body in one message to the shard: four bytes of length, the arrival as
//! JSON, then the body untouched. Pure. The body must not pass through text: what was signed is
//! bytes, and they need not be UTF-8.

use super::Arrival;
use crate::json::Json;

/// Joins an arrival and its body.
pub(super) fn join(arrival: &Arrival, body: &[u8]) -> Option<Vec<u8>> {
    let head = arrival.to_json();
    let length = u32::try_from(head.len()).ok()?;
    let mut frame =
        Vec::with_capacity(4_usize.saturating_add(head.len()).saturating_add(body.len()));
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(head.as_bytes());
    frame.extend_from_slice(body);
    Some(frame)
}

/// Takes them apart again.
pub(super) fn split(frame: &[u8]) -> Option<(Arrival, &[u8])> {
    let (length, rest) = frame.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (head, body) = rest.split_at_checked(length)?;
    Some((Arrival::from_json(&Json::parse(head).ok()?)?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_and_a_cut_one_does_not() {
        let arrival = Arrival {
            source: "shop".into(),
            id: "evt_1\u{fc}".into(),
            kind: None,
            object: Some("pi_1".into()),
            created_s: Some(1),
            sequence: None,
            before: None,
            headers: vec![("content-type".into(), "application/json".into())],
        };
        let body = [0_u8, 255, 10, 13];
        let frame = join(&arrival, &body).unwrap();
        assert_eq!(split(&frame), Some((arrival.clone(), &body[..])));
        let empty = join(&arrival, &[]).unwrap();
        assert_eq!(split(&empty), Some((arrival, &[][..])));
        for cut in 0..empty.len() {
            assert_eq!(split(&empty[..cut]), None, "{cut}");
        }
    }
}
