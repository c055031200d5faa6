use super::*;

/// Different at every call, which is all these tests ask of it.
fn random(buffer: &mut [u8]) {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    buffer.iter_mut().zip(next.to_be_bytes().iter().cycle()).for_each(|(b, n)| *b = *n);
}

fn passphrase(text: &str) -> SealKey {
    SealKey::Passphrase(text.to_owned().into())
}

fn raw(byte: u8) -> SealKey {
    SealKey::Raw(Zeroizing::new([byte; 32]))
}

fn seal(key: SealKey) -> Seal {
    Seal::new(key, Vec::new(), random)
}

#[test]
fn what_is_sealed_is_opened_and_hides_its_content() {
    for present in [passphrase("correct horse"), raw(7)] {
        let seal = seal(present);
        let sealed = seal.seal("state", b"canary in the text".to_vec());
        assert!(!sealed.windows(6).any(|w| w == b"canary"));
        assert_eq!(seal.open("state", sealed.clone()), Ok(b"canary in the text".to_vec()));
        assert_ne!(seal.seal("state", b"canary in the text".to_vec()), sealed, "each time with another nonce");
        assert_eq!(seal.open("journal", sealed), Err(SealError::WrongKey), "for another purpose");
    }
}

#[test]
fn another_process_with_the_same_passphrase_opens_it() {
    let sealed = seal(passphrase("correct horse")).seal("state", b"text".to_vec());
    assert_eq!(seal(passphrase("correct horse")).open("state", sealed.clone()), Ok(b"text".to_vec()));
    assert_eq!(seal(passphrase("wrong horse")).open("state", sealed.clone()), Err(SealError::WrongKey));
    assert_eq!(seal(raw(1)).open("state", sealed.clone()), Err(SealError::WrongKey));
    assert_eq!(Seal::default().open("state", sealed), Err(SealError::NoKey));
}

#[test]
fn without_keys_and_of_plain_texts_nothing_changes() {
    assert_eq!(Seal::default().seal("state", b"{}".to_vec()), b"{}");
    assert_eq!(seal(raw(1)).open("state", b"{\"format\": 1}".to_vec()), Ok(b"{\"format\": 1}".to_vec()));
}

#[test]
fn keys_are_changed_one_after_the_other() {
    let sealed = seal(raw(1)).seal("state", b"text".to_vec());
    let rotating = Seal::new(raw(2), vec![passphrase("x"), raw(1)], random);
    assert_eq!(rotating.open("state", sealed), Ok(b"text".to_vec()));
    let anew = rotating.seal("state", b"text".to_vec());
    assert_eq!(seal(raw(2)).open("state", anew.clone()), Ok(b"text".to_vec()));
    assert_eq!(seal(raw(1)).open("state", anew), Err(SealError::WrongKey));
}

#[test]
fn any_change_is_noticed() {
    let seal = seal(raw(3));
    let sealed = seal.seal("state", b"some text".to_vec());
    for position in BEGINNING.len()..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[position] ^= 1;
        assert!(seal.open("state", damaged).is_err(), "{position}");
    }
    let newer = String::from_utf8(sealed).expect("text").replace("\"version\":1", "\"version\":2");
    assert_eq!(seal.open("state", newer.into_bytes()), Err(SealError::Newer { found: 2 }));
}

#[test]
fn a_file_does_not_decide_how_much_work_is_done() {
    let seal = seal(passphrase("x"));
    let sealed = String::from_utf8(seal.seal("state", b"text".to_vec())).expect("text");
    for (from, to) in
        [("19456", "4000000000"), ("\"passes\":2", "\"passes\":400000"), ("\"lanes\":1", "\"lanes\":9999")]
    {
        assert!(sealed.contains(from));
        assert_eq!(seal.open("state", sealed.replace(from, to).into_bytes()), Err(SealError::Damaged));
    }
}

#[test]
fn keys_are_read_and_never_shown() {
    let text = STANDARD.encode([9; 32]);
    assert!(matches!(SealKey::from_base64(&text.into()), Ok(SealKey::Raw(key)) if *key == [9; 32]));
    for bad in ["", "abc", "####", &STANDARD.encode([9; 31])] {
        assert!(SealKey::from_base64(&bad.to_owned().into()).is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", seal(raw(1))), "Seal(with keys)");
}

#[test]
fn everything_can_be_decrypted_for_good() {
    let sealed = seal(raw(1)).seal("state", b"text".to_vec());
    let opening = Seal::opening(raw(1), random);
    assert_eq!(opening.open("state", sealed), Ok(b"text".to_vec()));
    assert_eq!(opening.seal("state", b"text".to_vec()), b"text");
    assert!(!opening.is_active() && seal(raw(1)).is_active());
}
