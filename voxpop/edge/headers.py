"""Headers that do not change from answer to answer."""

# What our own pages need and nothing more. No nonces: a cached nonce is a shared secret (T06).
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; object-src 'none'; "
    "manifest-src 'self'; require-trusted-types-for 'script'; trusted-types voxpop"
)
FRAMED_BY_NOBODY = f"{CONTENT_SECURITY}; frame-ancestors 'none'"

SHARED_HEADERS = [
    ("Content-Security-Policy", FRAMED_BY_NOBODY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
]
# For what publishers' pages load from their own origins.
SCRIPT_HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Voxpop-Seq, Voxpop-Stale"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]
