# One meaning per URL: what could mean two things to two readers of it is refused (SAFETY T17, T18).

sub forget_what_is_ours {
    unset req.http.Edge-Path;
    unset req.http.Edge-Route;
    unset req.http.Edge-Cap;
    unset req.http.Edge-Why;
    unset req.http.Edge-Rescue;
    unset req.http.Edge-Throttled;
    unset req.http.Edge-Stale;
    unset req.http.Edge-Floor-Of;
    unset req.http.Edge-Floor-Seq;
    unset req.http.Edge-Count;
    unset req.http.Edge-Left;
    unset req.http.Edge-Explain;
    unset req.http.Voxpop-Node;
    unset req.http.Voxpop-Why;
}

sub refuse_odd_requests {
    if (req.method !~ "^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$") {
        return (synth(405, "method_not_allowed"));
    }
    if (req.method ~ "^(?:GET|HEAD)$"
        && (req.http.Transfer-Encoding || req.http.Content-Length ~ "[1-9]")) {
        return (synth(400, "bad_request"));
    }
    # Also what remains of an absolute form that Varnish does not take apart (https://…).
    if (req.url !~ "^/") {
        return (synth(400, "bad_request"));
    }
    # Only in the path: a slash, a dot or a null in disguise, an empty or a dotted segment.
    if (req.url ~ "(?i)^[^?]*(?:%2f|%5c|%2e|%3b|%25|%[01]|%7f|//|/\.{1,2}(?:[/?]|$)|[;\\]|[^!-~])") {
        return (synth(400, "bad_request"));
    }
    if (req.http.Host ~ "[A-Z]") {
        set req.http.Host = req.http.Host.lower();
    }
}

sub take_url_apart {
    set req.http.Edge-Path = regsub(req.url, "\?.*$", "");
    # Where a header cannot be sent the floor comes in the address, of which it is no part.
    if (req.url ~ "^[^?]*\?(?:.*&)?floor=" && !req.http.Voxpop-Floor) {
        set req.http.Voxpop-Floor = regsub(req.url, "^[^?]*\?(?:.*&)?floor=([^&]*).*$", "\1");
    }
}

# What the route has left of the query is the address. Only shared routes come here. Every copy of an
# address of 8 KB stays in the workspace, and a parked reader keeps a workspace: hence no pieces.
sub put_url_together {
    # The first parameter may be one that was dropped.
    set req.url = regsub(req.url, "^([^?&]*)&", "\1?");
    if (req.url ~ "[;\\#]|[^!-~]") {
        return (synth(400, "bad_request"));
    }
    if (req.url ~ "^[^?]*\?(?:.*&)?([a-z]+)=[^&]*&\1=") {
        return (synth(400, "parameter_twice"));
    }
}
