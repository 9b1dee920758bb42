//! Reading a key as operators have it: PEM or DER, perhaps encrypted (contract oauth2.md 12.7).

use pkcs8::EncryptedPrivateKeyInfo;
use zeroize::Zeroizing;

use super::key::PrivateKey;

/// What a PEM block of a private key may be called.
const LABELS: [&str; 4] = [
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
];

/// The key, or what is wrong with it, for whoever configured it.
pub fn load(material: &[u8], password: Option<&str>) -> Result<PrivateKey, &'static str> {
    let der = der(material)?;
    let Ok(encrypted) = EncryptedPrivateKeyInfo::try_from(der.as_slice()) else {
        if password.is_some() {
            return Err("a password is given, but the key is not encrypted; remove the password");
        }
        return PrivateKey::from_der(&der);
    };
    let password = password.ok_or("the key is encrypted; give its password")?;
    let clear = encrypted.decrypt(password.as_bytes()).map_err(|_| {
        "the key cannot be decrypted: the password is wrong, or the encryption is not supported"
    })?;
    PrivateKey::from_der(clear.as_bytes())
}

fn der(material: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    // DER begins with a SEQUENCE, PEM with a dash, or with text before it.
    let looks_like_pem = material.windows(11).any(|window| window == b"-----BEGIN ");
    if !looks_like_pem {
        return Ok(Zeroizing::new(material.to_vec()));
    }
    let blocks = pem::parse_many(material).map_err(|_| "the PEM is damaged")?;
    let mut keys = blocks
        .into_iter()
        .filter(|block| LABELS.contains(&block.tag()));
    let block = keys.next().ok_or("the PEM holds no private key")?;
    if keys.next().is_some() {
        return Err("the PEM holds more than one private key; give each its own file");
    }
    if block.headers().get("DEK-Info").is_some() {
        return Err(
            "the key is encrypted in a way that is out of use; convert it with `openssl pkcs8 -topk8`",
        );
    }
    Ok(Zeroizing::new(block.into_contents()))
}
