//! The golden exchange was played by Java's own SASL client and server.

use super::digest_md5::Proof;
use super::*;

fn password_of(user: &str) -> Option<String> {
    (user == "bob").then(|| "bobsecret".to_owned())
}

#[test]
fn javas_own_proofs() {
    let proof = Proof {
        user: "bob",
        realm: REALM,
        password: "bobsecret",
        nonce: "4RIG5UBSM2r5GNUnsKsg/iOIB2bWH460DUSvzkgc",
        cnonce: "nNNP/pv92P0plNHUnYsKQPpvegt8kw5ZuvqkujTk",
        authzid: Some("bob"),
    };
    assert_eq!(proof.of_client(), "0b844df1ee8fd16160b2914d5e1a72b8");
    assert_eq!(proof.of_server(), "cff1ebec07dc89e13c391aaf13c5b0c8");
    let (user, password) = ("bö\"b\\x", "pä ss€");
    let nonce = "6E02zcTdse9uSU2tHUWZBYGE/40r6cESg92Rj1cB";
    let cnonce = "q+74VRgYd140inksN1MN4e/clOTNWerxE/JeP1KK";
    let proof = Proof { user, realm: REALM, password, nonce, cnonce, authzid: Some(user) };
    assert_eq!(proof.of_client(), "8fb44705ca0ab6a8562f33b60b2accb3");
    assert_eq!(proof.of_server(), "9f80211c99de726719944481433beb9a");
}

#[test]
fn our_two_sides_understand_each_other() {
    let mut server = ServerExchange::new("abc".to_owned());
    let Ok(Step::Challenge(challenge)) = server.step(b"", password_of) else { panic!("no challenge") };
    assert_eq!(challenge, b"realm=\"zk-sasl-md5\",nonce=\"abc\",charset=utf-8,algorithm=md5-sess");
    let (response, expected) = respond(&challenge, "bob", "bobsecret", "xyz").unwrap();
    assert_eq!(server.step(&response, password_of), Ok(Step::Proved { token: expected, user: "bob".to_owned() }));
    assert!(server.step(&response, password_of).is_err(), "no token twice");
}

#[test]
fn what_is_wrong_is_refused() {
    let refused = |change: fn(String) -> String| {
        let mut server = ServerExchange::new("abc".to_owned());
        let Ok(Step::Challenge(challenge)) = server.step(b"", password_of) else { panic!("no challenge") };
        let (response, _) = respond(&challenge, "bob", "bobsecret", "xyz").unwrap();
        let changed = change(String::from_utf8(response).unwrap());
        server.step(changed.as_bytes(), password_of).unwrap_err().to_string()
    };
    assert!(refused(|text| text.replace("zookeeper/", "kafka/")).contains("digest-uri"));
    assert!(refused(|text| text.replace("nonce=\"abc\"", "nonce=\"abd\"")).contains("nonce"));
    assert!(refused(|text| text.replace("response=", "response=0")).contains("wrong password"));
    assert!(refused(|text| text.replace("\"bob\"", "\"eve\"")).contains("not known"));
    assert!(refused(|text| text.replace("qop=auth,", "qop=auth-int,")).contains("qop"));
    assert!(refused(|_| "username=\"bob".to_owned()).contains("does not end"));
    assert!(ServerExchange::new("abc".to_owned()).step(b"x", password_of).is_err());
}

#[test]
fn hostile_tokens_never_panic() {
    let mut seed = 7u32;
    for _ in 0..3000 {
        let token: Vec<u8> = (0..24)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"a=\",\\ \xffnonce"[(seed >> 24) as usize % 12]
            })
            .collect();
        let _no_panic = directives::Directives::parse(&token);
        let _no_panic = respond(&token, "u", "p", "c");
    }
}
