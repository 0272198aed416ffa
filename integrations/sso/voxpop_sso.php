<?php
// Sign your site's reader in beside its comments (Voxpop, docs/sso.md). Copy this file; PHP 7.2 or newer.
//
//   $token = voxpop_token(SECRET, ['kid' => 'KEY', 'forum' => 'magazine',
//     'host' => 'https://comments.example.org', 'site' => 'https://magazine.example.org',
//     'sub' => (string) $user->id, 'name' => $user->name]);
//
// For a key pair give its private PEM as the secret (the sodium extension signs).

/** A token for this reader and this page view. Besides: email, email_verified, picture, profile, roles,
 *  return_to, nonce. */
function voxpop_token(string $secret, array $about): string
{
    $now = $about['now'] ?? time();
    $isPair = strpos($secret, 'PRIVATE KEY') !== false;
    $header = ['alg' => $isPair ? 'EdDSA' : 'HS256', 'kid' => $about['kid'], 'typ' => 'JWT'];
    $claims = [
        'aud' => $about['host'] . '/f/' . $about['forum'],
        'iss' => $about['site'],
        'sub' => $about['sub'],
        'iat' => $now,
        'exp' => $now + 240,
        'jti' => $about['jti'] ?? voxpop_base64url(random_bytes(16)),
        'name' => $about['name'],
    ];
    foreach (array_diff_key($about, array_flip(['kid', 'forum', 'host', 'site', 'now'])) as $claim => $value) {
        if ($value !== null && $value !== '') {
            $claims[$claim] = $value;
        }
    }
    $signed = voxpop_part($header) . '.' . voxpop_part($claims);
    $signature = $isPair
        ? sodium_crypto_sign_detached($signed, voxpop_pair($secret))
        : hash_hmac('sha256', $signed, $secret, true);
    return $signed . '.' . voxpop_base64url($signature);
}

/** The signing key in a PKCS #8 PEM: its last 32 bytes are the seed. */
function voxpop_pair(string $pem): string
{
    $der = base64_decode(preg_replace('/-----[^-]+-----|\s/', '', $pem));
    return sodium_crypto_sign_secretkey(sodium_crypto_sign_seed_keypair(substr($der, -32)));
}

function voxpop_part(array $value): string
{
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS;
    return voxpop_base64url(json_encode($value, $flags | JSON_THROW_ON_ERROR));
}

function voxpop_base64url(string $raw): string
{
    return rtrim(strtr(base64_encode($raw), '+/', '-_'), '=');
}
