//! What pages may do with a key: which keys, from where, and how many origins there may be.

use farthing_core::origin::Origin;
use farthing_domain::command::{Ask, NewKey, UpdateKey};
use farthing_domain::key::Rights;
use farthing_domain::limits::ORIGINS_BYTES_PER_TENANT;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{KeyClass, Mode, Pages, TenantId};

use crate::world::World;

/// `class  mode  origins  scripts  => what is answered`
const TABLE: &str = "
publishable test 0  no  => done
publishable test 20 yes => done
publishable live 20 no  => done
publishable test 21 no  => origins_full
publishable live 21 yes => origins_full           # before the mode is looked at
publishable live 1  yes => scripts_in_live_mode
secret      test 1  no  => key_not_for_pages
secret      live 21 yes => key_not_for_pages      # nothing else is looked at
secret      test 0  yes => key_not_for_pages
operator    test 1  no  => key_not_for_pages
secret      test 0  no  => done
";

#[test]
fn what_pages_may_do_fits_the_key() {
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let line = line.split('#').next().unwrap();
        let (given, then) = line.split_once("=>").unwrap();
        let given: Vec<&str> = given.split_whitespace().collect();
        let [class, mode, count, scripts] = given[..] else { panic!("{line}") };
        let class = match class {
            "publishable" => KeyClass::Publishable,
            "secret" => KeyClass::Secret,
            _ => KeyClass::Operator,
        };
        let mode = if mode == "live" { Mode::Live } else { Mode::Test };
        let pages = Pages {
            origins: (0..count.parse().unwrap()).map(|n| origin(n, 20)).collect(),
            allow_scripts: scripts == "yes",
        };
        let mut world = World::new();
        let new = NewKey { class, pages: pages.clone(), ..key(1, mode, &[]) };
        assert_eq!(told(&mut world, Ask::AddKeys(vec![new])), then.trim(), "added: {line}");
        let bare = NewKey { class, ..key(2, mode, &[]) };
        assert_eq!(told(&mut world, Ask::AddKeys(vec![bare])), "done", "{line}");
        assert_eq!(told(&mut world, update(2, pages)), then.trim(), "changed: {line}");
    }
    assert_eq!(told(&mut World::new(), update(1, Pages::default())), "key_missing");
}

#[test]
fn the_policy_of_all_keys_together_stays_short() {
    let (one, other): (Vec<_>, Vec<_>) =
        ((0..10).map(|n| origin(n, 99)).collect(), (10..20).map(|n| origin(n, 99)).collect());
    // Two thousand of them, and forty-eight are left: an origin and its space.
    let (fits, more) = ([origin(20, 47)], [origin(21, 48)]);
    let mut world = World::new();
    let mut add = |keys: &[NewKey]| told(&mut world, Ask::AddKeys(keys.to_vec()));
    assert_eq!(add(&[key(1, Mode::Test, &one), key(2, Mode::Test, &one)]), "done");
    assert_eq!(add(&[key(3, Mode::Test, &other)]), "done");
    assert_eq!(add(&[key(4, Mode::Test, &more)]), "origins_long");
    assert_eq!(add(&[key(4, Mode::Test, &fits), key(5, Mode::Test, &fits)]), "done");
    assert_eq!(add(&[key(6, Mode::Test, &more)]), "origins_long");
    assert_eq!(add(&[key(6, Mode::Live, &more)]), "done", "the other mode has a page of its own");
    assert_eq!(add(&[key(7, Mode::Test, &one)]), "done", "named once");
    let pages = |origins: &[Origin]| Pages { origins: origins.to_vec(), allow_scripts: false };
    for (number, origins, then) in [
        (4, &more[..], "origins_long"),
        (3, &other[..0], "done"),
        (4, &more[..], "done"),
        (3, &other[..], "origins_long"),
        (3, &other[1..], "done"),
        (1, &one[..0], "done"),
    ] {
        assert_eq!(told(&mut world, update(number, pages(origins))), then, "{number}");
    }
    assert_eq!(ORIGINS_BYTES_PER_TENANT, 2048);
}

fn key(number: u8, mode: Mode, origins: &[Origin]) -> NewKey {
    NewKey {
        hash: [number; 32],
        class: KeyClass::Publishable,
        tenant: TenantId::of(1, mode),
        hint: "0000".to_owned(),
        pages: Pages { origins: origins.to_vec(), allow_scripts: false },
        rights: Rights::default(),
    }
}

fn update(number: u8, pages: Pages) -> Ask {
    let Pages { origins, allow_scripts } = pages;
    Ask::UpdateKey(UpdateKey {
        hash: [number; 32],
        origins: Some(origins),
        allow_scripts: Some(allow_scripts),
    })
}

/// An origin of so many bytes.
fn origin(number: usize, bytes: usize) -> Origin {
    let (head, tail) = (format!("https://s{number}"), ".example");
    let mut text = head;
    while text.len() + tail.len() < bytes {
        // A label is 63 bytes long at most.
        text.push(if text.len() % 50 == 49 && text.len() + tail.len() + 2 < bytes {
            '.'
        } else {
            'a'
        });
    }
    let origin = Origin::parse(&(text + tail)).unwrap();
    assert_eq!(origin.as_str().len(), bytes);
    origin
}

fn told(world: &mut World, ask: Ask) -> String {
    match world.submit(ask).reply {
        Reply::Done => "done".to_owned(),
        Reply::Refused(refusal) => refusal.code().to_owned(),
        other => panic!("{other:?}"),
    }
}
