//! The one secret an operator has to keep: 32 bytes from which every other key is derived.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::{Zeroize, Zeroizing};

use crate::error::VaultError;

/// Length of the root key in bytes: as long as the longest key derived from it.
const ROOT_KEY_BYTES: usize = 32;

/// More than any spelling of a key with its line end needs; a longer file is not a key file.
const KEY_FILE_BYTES_MAX: u64 = 256;

/// The root key. Zeroed when dropped; it can be neither printed nor copied.
pub struct RootKey {
    bytes: Zeroizing<Box<[u8]>>,
}

impl RootKey {
    /// Reads a key from 64 hexadecimal digits or from base64 (either alphabet, padded or not).
    /// White space around it is ignored.
    ///
    /// # Errors
    /// [`VaultError::KeyUnparsable`] for anything else; [`VaultError::KeyWeak`] if all bytes are equal.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let text = text.trim();
        let decoded = Zeroizing::new(hex(text).or_else(|| base64(text)).unwrap_or_default());
        if decoded.len() != ROOT_KEY_BYTES {
            return Err(VaultError::KeyUnparsable);
        }
        if decoded.iter().all(|byte| *byte == decoded[0]) {
            return Err(VaultError::KeyWeak);
        }
        let mut bytes = Zeroizing::new(vec![0; ROOT_KEY_BYTES].into_boxed_slice());
        bytes.copy_from_slice(&decoded);
        Ok(Self { bytes })
    }

    /// A key that was made by [`RootKey::generate`], as it was kept.
    pub(crate) fn from_slice(kept: &[u8]) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new(vec![0; ROOT_KEY_BYTES].into_boxed_slice());
        if kept.len() != bytes.len() {
            return Err(VaultError::Malformed);
        }
        bytes.copy_from_slice(kept);
        Ok(Self { bytes })
    }

    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`VaultError::NoEntropy`] if there is none to be had.
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new(vec![0; ROOT_KEY_BYTES].into_boxed_slice());
        getrandom::fill(&mut bytes).map_err(|_| VaultError::NoEntropy)?;
        Ok(Self { bytes })
    }

    /// Reads the key from a file, or makes the file with a new key if it is absent.
    ///
    /// The file and the folders made for it are its owner's alone. It appears whole or not at all,
    /// and when two processes make it at the same time both end with the same key.
    ///
    /// # Errors
    /// [`VaultError::KeyFileOpen`] if others may use the file; [`VaultError::KeyFile`] if it cannot be
    /// read or made; the errors of [`RootKey::parse`] and [`RootKey::generate`].
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let failed =
            |error: &io::Error| VaultError::KeyFile { path: path.into(), kind: error.kind() };
        match File::open(path) {
            Ok(file) => return Self::read(&file, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&error)),
        }
        Self::generate()?.place(path).map_err(|error| failed(&error))?;
        // What is read back is what the winner of a race wrote, which need not be ours.
        Self::read(&File::open(path).map_err(|error| failed(&error))?, path)
    }

    /// The bytes, for derivation only.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads an open key file. The permissions are those of the open file, so that a path which
    /// changes between two looks cannot deceive.
    fn read(file: &File, path: &Path) -> Result<Self, VaultError> {
        let failed =
            |error: &io::Error| VaultError::KeyFile { path: path.into(), kind: error.kind() };
        let mode = file.metadata().map_err(|error| failed(&error))?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(VaultError::KeyFileOpen { path: path.into(), mode });
        }
        let mut text = Zeroizing::new(String::with_capacity(128));
        file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(|error| failed(&error))?;
        Self::parse(&text)
    }

    /// Writes the key beside its place, syncs it, and links it there; an existing file wins.
    fn place(&self, path: &Path) -> io::Result<()> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            Some(_) | None => PathBuf::from("."),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(io::Error::other)?;
        let draft = path.with_extension(format!("new-{:016x}", u64::from_be_bytes(unique)));
        let written = self.write(&draft).and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        std::fs::remove_file(&draft)?;
        written?;
        File::open(&folder)?.sync_all()
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let mut text = Zeroizing::new(String::with_capacity(2 * ROOT_KEY_BYTES + 1));
        for byte in self.bytes.iter() {
            for digit in [byte >> 4, byte & 0x0f] {
                text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey([redacted])")
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if text.len() != 2 * ROOT_KEY_BYTES {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn base64(text: &str) -> Option<Vec<u8>> {
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        if let Ok(mut bytes) = engine.decode(text) {
            if bytes.len() == ROOT_KEY_BYTES {
                return Some(bytes);
            }
            bytes.zeroize();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn a_key_has_several_spellings_and_only_those() {
        let key = RootKey::parse(HEX).unwrap();
        let spellings = [
            HEX.to_uppercase(),
            format!("  {HEX}\n"),
            STANDARD.encode(key.bytes()),
            STANDARD_NO_PAD.encode(key.bytes()),
            URL_SAFE.encode(key.bytes()),
        ];
        for text in spellings {
            assert_eq!(RootKey::parse(&text).unwrap().bytes(), key.bytes(), "{text}");
        }
        for (text, code) in [
            ("", "key_unparsable"),
            (&HEX[..62], "key_unparsable"),
            (&format!("{HEX}00"), "key_unparsable"),
            (&HEX.replace('f', "g"), "key_unparsable"),
            (&"00".repeat(32), "key_weak"),
            (&"ab".repeat(32), "key_weak"),
        ] {
            assert_eq!(RootKey::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn a_key_file_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/root.key");
        let made = RootKey::from_file(&path).unwrap();
        let permissions = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(permissions(&path), 0o600);
        assert_eq!(permissions(path.parent().unwrap()), 0o700);
        assert_eq!(RootKey::from_file(&path).unwrap().bytes(), made.bytes());
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1, "a draft was left");
    }

    #[test]
    fn a_key_file_that_others_may_use_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        drop(RootKey::from_file(&path).unwrap());
        for (mode, accepted) in
            [(0o400, true), (0o600, true), (0o640, false), (0o604, false), (0o620, false)]
        {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            match RootKey::from_file(&path) {
                Ok(_) => assert!(accepted, "{mode:o} was accepted"),
                Err(error) => {
                    assert!(!accepted, "{mode:o}: {error}");
                    assert_eq!(error, VaultError::KeyFileOpen { path: path.clone(), mode });
                    assert!(error.to_string().contains("chmod 600"), "{error}");
                }
            }
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        std::fs::write(&path, "not a key").unwrap();
        set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(RootKey::from_file(&path).unwrap_err(), VaultError::KeyUnparsable);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key");
    }

    #[test]
    fn processes_that_race_for_the_file_end_with_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key");
        let keys: Vec<RootKey> = std::thread::scope(|scope| {
            let racers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| RootKey::from_file(&path).unwrap())).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key.bytes() == keys[0].bytes()));
    }

    #[test]
    fn a_key_does_not_print_itself() {
        let shown = format!("{:?}", RootKey::parse(HEX).unwrap());
        assert_eq!(shown, "RootKey([redacted])");
    }
}
