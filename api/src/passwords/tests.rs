use super::*;
use crate::ambient::SystemEntropy;

fn passwords(schemes: Vec<Scheme>) -> Passwords {
    let settings = PasswordSettings {
        enabled: true,
        minimum_complexity: 3,
        schemes,
    };
    Passwords::new(settings, Arc::new(SystemEntropy::new().unwrap()))
}

fn bcrypt(version: u16) -> Scheme {
    Scheme {
        algorithm: Algorithm::Bcrypt { cost: Some(4) },
        ..Scheme::argon2id(version)
    }
}

async fn stored(passwords: &Passwords, password: &str) -> StoredPassword {
    let (scheme_version, hash) = passwords.hash(password).await.unwrap();
    StoredPassword {
        id: muniment_domain::PasswordId::default(),
        scheme_version,
        hash,
    }
}

#[tokio::test]
async fn the_highest_version_hashes_wherever_it_stands_in_the_list() {
    for schemes in [
        vec![bcrypt(1), Scheme::argon2id(2)],
        vec![Scheme::argon2id(2), bcrypt(1)],
    ] {
        let stored = stored(&passwords(schemes), "hunter2").await;
        assert_eq!(stored.scheme_version, 2);
        assert!(stored.hash.starts_with("$argon2id$"));
    }
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_when_the_password_is_right() {
    let old = stored(&passwords(vec![bcrypt(1)]), "hunter2").await;
    let now = passwords(vec![bcrypt(1), Scheme::argon2id(2)]);
    let Verdict::RightOutdated {
        scheme_version: 2,
        hash,
    } = now.verify_and_upgrade("hunter2", &old).await.unwrap()
    else {
        panic!("the hash is outdated")
    };
    let new = StoredPassword {
        id: muniment_domain::PasswordId::default(),
        scheme_version: 2,
        hash,
    };
    assert_eq!(
        now.verify_and_upgrade("hunter2", &new).await.unwrap(),
        Verdict::Right
    );
    for stored in [&old, &new] {
        assert_eq!(
            now.verify_and_upgrade("hunter3", stored).await.unwrap(),
            Verdict::Wrong
        );
    }
    assert!(now.verify("hunter2", &old).await.unwrap());
}

#[tokio::test]
async fn a_hash_of_a_scheme_that_is_not_configured_is_an_error_and_not_a_wrong_password() {
    let old = stored(&passwords(vec![bcrypt(1)]), "hunter2").await;
    let now = passwords(vec![Scheme::argon2id(2)]);
    for found in [
        now.verify("hunter2", &old).await.map(|_| ()),
        now.verify_and_upgrade("hunter2", &old).await.map(|_| ()),
    ] {
        assert!(matches!(found, Err(AccountError::Internal(text)) if text.contains("scheme 1")));
    }
}

#[tokio::test]
async fn nobody_has_no_password() {
    passwords(vec![bcrypt(1)]).verify_nobody("x").await.unwrap();
}
