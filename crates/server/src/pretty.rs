//! Pretty printing of compact JSON as a pass over its bytes.
//!
//! Stored bodies are compact; responses are indented by two spaces, as the wire has it (scripts that
//! grep for `": "` rely on it). The pass does not parse numbers or text, so a replay prints exactly
//! what the first answer printed.

/// Indents compact JSON. The input must be valid and without white space between tokens, as
/// [`wire`](crate::wire) writes it.
pub fn pretty(compact: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(compact.len() + compact.len() / 2 + 16);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    for (at, byte) in compact.iter().copied().enumerate() {
        if in_text {
            out.push(byte);
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                if !matches!(compact.get(at + 1), Some(b'}' | b']')) {
                    break_line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(out.last(), Some(b'{' | b'[')) {
                    break_line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                break_line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => {
                in_text = byte == b'"';
                out.push(byte);
            }
        }
    }
    out.push(b'\n');
    out
}

fn break_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + 2 * depth, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(compact: &str, expected: &str) {
        assert_eq!(String::from_utf8(pretty(compact.as_bytes())).unwrap(), expected);
    }

    #[test]
    fn nesting_is_indented_by_two_and_the_empty_stay_closed() {
        check("{}", "{}\n");
        check("[]", "[]\n");
        check(
            r#"{"a":1,"b":{},"c":[],"d":[1,{"e":null}]}"#,
            "{\n  \"a\": 1,\n  \"b\": {},\n  \"c\": [],\n  \"d\": [\n    1,\n    {\n      \"e\": null\n    }\n  ]\n}\n",
        );
    }

    #[test]
    fn text_is_left_as_it_is() {
        check(r#"{"a":"{[,:]}"}"#, "{\n  \"a\": \"{[,:]}\"\n}\n");
        check(r#"{"a":"\"{","b":"\\"}"#, "{\n  \"a\": \"\\\"{\",\n  \"b\": \"\\\\\"\n}\n");
        check(r#"["[","]"]"#, "[\n  \"[\",\n  \"]\"\n]\n");
    }
}
