# The floor: after his own write a reader is never served an older page of that thread. His next
# requests say `THREAD.SEQ.EXPIRES.SIGNATURE`; who cannot sign cannot make this node fetch.

sub read_floor {
    if (req.http.Voxpop-Floor ~ "^[0-9a-z]{20}\.[0-9]{1,18}\.[0-9]{10,12}\.[0-9a-f]{32}$") {
        call verify_floor;
    }
    unset req.http.Voxpop-Floor;
}

sub verify_floor {
    call secret;
    # 0x… and hex digits; the first 32 are the signature.
    set req.http.Edge-Left = regsub(digest.hmac_sha256(var.get("secret"), "floor"), "^0x", "");
    set req.http.Edge-Left = digest.hmac_sha256(
        req.http.Edge-Left, regsub(req.http.Voxpop-Floor, "\.[0-9a-f]+$", ""));
    if (regsub(req.http.Edge-Left, "^0x([0-9a-f]{32}).*$", "\1")
            == regsub(req.http.Voxpop-Floor, "^.*\.", "")
        && std.time(regsub(req.http.Voxpop-Floor, "^[^.]+\.[^.]+\.([0-9]+)\..*$", "\1"), now - 1s) > now
        && std.time(regsub(req.http.Voxpop-Floor, "^[^.]+\.[^.]+\.([0-9]+)\..*$", "\1"), now - 1s) < now + 65s) {
        set req.http.Edge-Floor-Of = regsub(req.http.Voxpop-Floor, "\..*$", "");
        set req.http.Edge-Floor-Seq = regsub(req.http.Voxpop-Floor, "^[^.]+\.([0-9]+)\..*$", "\1");
    }
    unset req.http.Edge-Left;
}

# In vcl_hit.
sub heed_floor {
    if (req.http.Edge-Floor-Of
        && std.strstr(obj.http.xkey, ":" + req.http.Edge-Floor-Of)
        && std.integer(obj.http.Voxpop-Seq, 0) < std.integer(req.http.Edge-Floor-Seq, 0)) {
        set req.http.Edge-Why = "floor";
        call distrust;
    }
}
