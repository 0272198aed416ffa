# Every surface by a literal pattern, the busiest first. A shared route has a cap on the time that
# its answers are kept, whatever Django says, and the parameters that voxpop/edge/policy.py names; a
# contract test compares. Nothing that no shared route names is ever stored.

sub route {
    if (req.method ~ "^(?:GET|HEAD)$") {
        call shared_route;
        set req.http.Edge-Why = "shared";
    }
    if (!req.http.Edge-Route) {
        call private_route;
    }
}

sub private_route {
    if (req.http.Edge-Path ~ "^/(?:api/v1/.+|t/[\w-]+(?:/write)?|(?:accounts|home|hooks|moderate|privacy)(?:/.*)?|docs/errors)?$") {
        set req.http.Edge-Route = "private";
        set req.http.Edge-Why = "viewer";
        if (req.method !~ "^(?:GET|HEAD)$") {
            set req.http.Edge-Why = "writer";
        }
    } elseif (req.method ~ "^(?:GET|HEAD)$") {
        return (synth(404, "not_found"));
    } else {
        return (synth(405, "method_not_allowed"));
    }
}

sub shared_route {
    if (req.http.Edge-Path ~ "^/api/v1/threads/[\w-]+/events$") {
        call keep_tail_parameters;
        set req.http.Edge-Cap = "30d";
        if (req.http.Edge-Route == "held") {
            set req.http.Edge-Cap = "1s";
        }
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/thread$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:i|u|sort|lang)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/thread/[\w-]+/more$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:sort|after|lang)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/thread/[\w-]+/branch$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:comment|after|lang)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/thread/[\w-]+/around$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:comment|lang)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/(?:embed|count)\.js$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "300s";
    } elseif (req.http.Edge-Path ~ "^/static/[\w./-]+$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "file";
        set req.http.Edge-Cap = "24h";
    } elseif (req.http.Edge-Path ~ "^/avatar/[\w-]+\.svg$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "24h";
    } elseif (req.http.Edge-Path ~ "^/avatar/[\w-]+\.webp$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/api/v1/forums/[\w-]+/counts$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:identifiers|urls)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "24h";
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/reader$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "24h";
    } elseif (req.http.Edge-Path ~ "^/embed/[\w-]+/widget$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:kind|lang)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "60s";
    } elseif (req.http.Edge-Path ~ "^/api/v1/(?:forums/[\w-]+/(?:comments|trending)|trending)$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "60s";
    } elseif (req.http.Edge-Path ~ "^/api/v1/forums/[\w-]+/threads$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:identifier|url)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/api/v1/forums/[\w-]+$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "1h";
    } elseif (req.http.Edge-Path ~ "^/api/v1/threads/[\w-]+/comments$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:sort|after|limit)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/api/v1/(?:threads|comments)/[\w-]+$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/t/[\w-]+/$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:sort|after)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/[ft]/[\w-]+/feed\.(?:atom|json)$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/u/[\w-]+/$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:after)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "60s";
    } elseif (req.http.Edge-Path ~ "^/u/[\w-]+/(?:followers|followed)/$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:after)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "10s";
    } elseif (req.http.Edge-Path ~ "^/u/[\w-]+/feed\.(?:atom|json)$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "1h";
    } elseif (req.http.Edge-Path ~ "^/(?:f/[\w-]+/(?:trending\.(?:atom|json))?|trending/(?:feed\.(?:atom|json))?)$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "60s";
    } elseif (req.http.Edge-Path ~ "^/[ct]/[\w-]+/(?:frame|picture\.png)$|^/t/[\w-]+/share$") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/c/[\w-]+/$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:from)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path == "/oembed") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:url|format|maxwidth|maxheight)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "30d";
    } elseif (req.http.Edge-Path ~ "^/c/[\w-]+$|^/t/[\w-]+/visit$") {
        set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!(?:from)=)[^&]*", "");
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "600s";
    } elseif (req.http.Edge-Path == "/api/v1/openapi.json") {
        set req.url = req.http.Edge-Path;
        set req.http.Edge-Route = "page";
        set req.http.Edge-Cap = "300s";
    }
}

# A place in the log has one spelling, and holding is asked for in one way: every address that is
# held costs this node two threads.
sub keep_tail_parameters {
    set req.url = regsuball(std.querysort(req.url), "(?:^[^?]*\K\?|&)(?!after=|hold=1(?:&|$))[^&]*", "");
    set req.url = regsub(req.url, "([?&]after=)0+([0-9])", "\1\2");
    set req.http.Edge-Route = "tail";
    if (req.url ~ "[?&]hold=1$") {
        set req.http.Edge-Route = "held";
    }
}

# In vcl_backend_fetch: what the answer's handling must know, out of the request's headers, which
# are dropped before it is sent.
sub remember_route {
    var.set("route", bereq.http.Edge-Route);
    var.set("cap", bereq.http.Edge-Cap);
    set bereq.http.Voxpop-Node = server.identity;
    set bereq.http.Voxpop-Why = bereq.http.Edge-Why;
    call choose_patience;
}
