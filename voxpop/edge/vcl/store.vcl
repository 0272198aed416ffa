# What may be kept, and how long at most. Django says so by Surrogate-Control; this says what it may
# not say. The smallest time is 0.1 s and never 0: at 0 Varnish 7.1 hands a fetch to one waiter after
# the other, and a longer mark of "not to be kept" would end coalescing for its whole time.

sub store {
    # Our answers are small. Whole ones only: a copy that breaks off must not reach all who wait.
    set beresp.do_stream = false;
    set beresp.keep = 0s;
    # Who waited for a tail finds it, though it may have run out when his turn comes.
    if (var.get("route") ~ "^(?:tail|held)$") {
        set beresp.keep = 10s;
    }
    set beresp.ttl = 0s;
    if (beresp.http.Surrogate-Control ~ "max-age=[0-9]") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.Surrogate-Control, "^.*?max-age=([0-9]{1,8}).*$", "\1") + "s", 0s);
        set beresp.grace = std.duration(
            regsub(beresp.http.Surrogate-Control, "^.*?stale-if-error=([0-9]{1,8}).*$", "\1") + "s", 0s);
    } elseif (var.get("route") == "file" && beresp.http.Cache-Control ~ "^public, max-age=[0-9]") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.Cache-Control, "^public, max-age=([0-9]{1,8}).*$", "\1") + "s", 0s);
        set beresp.grace = 24h;
    }
    call cap;
    if (beresp.ttl < 0.1s
        || beresp.http.Set-Cookie
        || beresp.http.Surrogate-Control ~ "(?i)private|no-store"
        || beresp.http.Cache-Control ~ "(?i)private|no-store"
        || (beresp.http.Vary && beresp.http.Vary !~ "(?i)^accept-encoding$")) {
        std.log("edge: not to be kept: " + bereq.url);
        set beresp.uncacheable = true;
        set beresp.ttl = 0.1s;
        set beresp.grace = 0s;
    }
    call compress;
    if (beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    set beresp.http.Edge-Url = bereq.url;
}

sub cap {
    if (beresp.ttl > std.duration(var.get("cap"), 0s)) {
        set beresp.ttl = std.duration(var.get("cap"), 0s);
    }
    if (beresp.status == 404 || beresp.status == 410) {
        if (beresp.ttl > 10s) {
            set beresp.ttl = 10s;
        }
        set beresp.grace = 0s;
    } elseif (beresp.status >= 400) {
        if (beresp.ttl > 1s) {
            set beresp.ttl = 1s;
        }
        set beresp.grace = 0s;
    }
    # Pages that were fetched together must not expire together.
    if (beresp.ttl >= 60s) {
        set beresp.ttl = beresp.ttl * std.random(0.95, 1.0);
    }
    if (beresp.grace > 24h) {
        set beresp.grace = 24h;
    }
}

# The one place that compresses what is shared: Django is asked for plain bytes. Private answers are
# not compressed at all (BREACH).
sub compress {
    if (beresp.http.Content-Type ~ "^(?:text/|application/(?:problem\+)?json|application/(?:atom|feed)|image/svg)"
        && (!beresp.http.Content-Length || std.integer(beresp.http.Content-Length, 0) >= 860)) {
        set beresp.do_gzip = true;
    }
}
