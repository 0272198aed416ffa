# Sign your site's reader in beside its comments (Voxpop, docs/sso.md). Copy this file; Ruby 2.7 or newer.
#
#   token = voxpop_token(SECRET, kid: "KEY", forum: "magazine", host: "https://comments.example.org",
#     site: "https://magazine.example.org", sub: user.id.to_s, name: user.name)
#
# For a key pair give its private PEM as the secret: that needs Ruby's openssl 3.0 (Ruby 3.1) or newer.

require "base64"
require "json"
require "openssl"
require "securerandom"

# A token for this reader and this page view. `more`: email, email_verified, picture, profile, roles,
# return_to, nonce.
def voxpop_token(secret, kid:, forum:, host:, site:, sub:, name:, now: nil, jti: nil, **more)
  now ||= Time.now.to_i
  is_pair = secret.include?("PRIVATE KEY")
  header = { alg: is_pair ? "EdDSA" : "HS256", kid: kid, typ: "JWT" }
  claims = {
    aud: "#{host}/f/#{forum}",
    iss: site,
    sub: sub,
    iat: now,
    exp: now + 240,
    jti: jti || SecureRandom.urlsafe_base64(16),
    name: name
  }.merge(more.reject { |_, value| value.nil? || value == "" })
  part = ->(raw) { Base64.urlsafe_encode64(raw, padding: false) }
  signed = "#{part.(JSON.generate(header))}.#{part.(JSON.generate(claims))}"
  signature =
    if is_pair
      OpenSSL::PKey.read(secret).sign(nil, signed)
    else
      OpenSSL::HMAC.digest("SHA256", secret, signed)
    end
  "#{signed}.#{part.(signature)}"
end
