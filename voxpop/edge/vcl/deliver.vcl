# What leaves: nothing that only edge nodes understand, and what happened (RFC 9211).

sub deliver {
    if (req.http.Edge-Route == "private") {
        if (req.http.Edge-Why == "writer") {
            set resp.http.Cache-Status = server.identity + "; fwd=method";
        } else {
            set resp.http.Cache-Status = server.identity + "; fwd=bypass";
        }
    } else {
        call tell_cache_status;
    }
    if (req.http.Edge-Stale) {
        set resp.http.Voxpop-Stale = "1";
    }
    call tell_view;
    if (req.http.Edge-Stale) {
        std.log("voxpop-edge:stale");
    }
    unset resp.http.Surrogate-Control;
    unset resp.http.Surrogate-Key;
    unset resp.http.Voxpop-Fence;
    unset resp.http.Voxpop-Quiet;
    unset resp.http.xkey;
    unset resp.http.Edge-Url;
    unset resp.http.Edge-Fenced;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}

# One line a view, for the counter (voxpop/analytics/ncsa.py): which forum, which thread, and whether
# anybody has commented on it yet; one a shared link that was followed, with the way that it names;
# and one a browser that asks for its first mark of the day, which holds a copy when it asks again.
# Nothing of the reader.
sub tell_view {
    if (req.method == "GET" && resp.status == 200 && resp.http.Surrogate-Key
        && req.http.Edge-Path ~ "^/(?:embed/[\w-]+/thread|t/[\w-]+/)$") {
        std.log("voxpop-view:" + resp.http.Surrogate-Key + " " + resp.http.Voxpop-Seq);
    }
    if (req.method == "GET" && resp.status == 302 && resp.http.Surrogate-Key
        && req.url ~ "^/(?:c/[\w-]+|t/[\w-]+/visit)\?from=[a-z]+$") {
        std.log("voxpop-view:" + resp.http.Surrogate-Key + " " + resp.http.Voxpop-Seq
            + " " + regsub(req.url, "^.*=", ""));
    }
    if (req.method == "GET" && resp.status == 200 && !req.http.If-None-Match
        && req.http.Edge-Path ~ "^/embed/[\w-]+/reader$") {
        std.log("voxpop-view:" + resp.http.Surrogate-Key + " 0");
    }
}

sub tell_cache_status {
    set req.http.Edge-Left =
        std.integer(real=std.round(std.real(duration=obj.ttl, fallback=0.0)), fallback=0);
    if (obj.hits > 0) {
        set resp.http.Cache-Status = server.identity + "; hit; ttl=" + req.http.Edge-Left;
    } elseif (obj.uncacheable) {
        set resp.http.Cache-Status = server.identity + "; fwd=miss";
    } elseif (req.http.Edge-Why == "shared") {
        set resp.http.Cache-Status = server.identity + "; fwd=miss; stored; ttl=" + req.http.Edge-Left;
    } else {
        set resp.http.Cache-Status = server.identity + "; fwd=request; stored; ttl=" + req.http.Edge-Left;
    }
    if (req.http.Edge-Why != "shared") {
        set resp.http.Cache-Status = resp.http.Cache-Status + "; detail=" + req.http.Edge-Why;
    } elseif (resp.http.Edge-Fenced) {
        set resp.http.Cache-Status = resp.http.Cache-Status + "; detail=fenced";
    }
}
