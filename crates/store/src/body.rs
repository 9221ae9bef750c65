//! Stored bodies: packed, the first byte saying how.

use crate::limits::BODY_BYTES;

/// As it is: what does not get smaller.
const PLAIN: u8 = 0;
/// Zstandard without a dictionary.
const ZSTD: u8 = 1;
/// Zstandard's own default: beyond it the writer would pay more than the disk gains.
const LEVEL: i32 = 3;

/// As stored.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    match zstd::bulk::compress(bytes, LEVEL) {
        Ok(packed) if packed.len() < bytes.len() => with_version(ZSTD, &packed),
        Ok(_) | Err(_) => with_version(PLAIN, bytes),
    }
}

/// As it was; none if it cannot be.
pub(crate) fn unpack(stored: &[u8]) -> Option<Vec<u8>> {
    match stored.split_first()? {
        (&PLAIN, bytes) => Some(bytes.to_vec()),
        (&ZSTD, packed) => {
            // The frame says its own length; without that check a bad one could ask for any.
            let length = zstd::zstd_safe::get_frame_content_size(packed).ok()??;
            let length = usize::try_from(length).ok().filter(|length| *length <= BODY_BYTES)?;
            zstd::bulk::decompress(packed, length).ok()
        }
        _ => None,
    }
}

fn with_version(version: u8, bytes: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(bytes.len().saturating_add(1));
    stored.push(version);
    stored.extend_from_slice(bytes);
    stored
}
