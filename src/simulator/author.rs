//! Writes replies. For now it gives the sections back as they came.

/// Returns the reply to a user message: its section blocks, in the same marks.
pub fn compose(prompt: &str, _seed: u64) -> String {
    let mut reply = String::new();
    let mut inside = false;
    for line in prompt.lines() {
        let opens = line.starts_with("[[section:");
        let closes = line == "[[/section]]" || line.starts_with("[[/section:");
        inside |= opens;
        if inside {
            reply.push_str(line);
            reply.push('\n');
        }
        inside &= !closes;
    }
    if reply.is_empty() {
        reply.push_str("There is no section to rewrite.");
    }
    reply
}
