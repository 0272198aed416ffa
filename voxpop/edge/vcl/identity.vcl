# Whom we believe about whom. Django believes one proxy: this node (VOXPOP_TRUSTED_PROXIES=1), and
# it is told one address. What a reader says about himself in such headers is dropped (R11).

sub identity {
    # Varnish has put client.ip at the end; in front of it stands what the last proxy wrote.
    if (remote.ip ~ proxies) {
        set req.http.X-Forwarded-For =
            regsub(req.http.X-Forwarded-For, "^(?:.*, *)?([^, ]+), *[^, ]+$", "\1");
    } else {
        set req.http.X-Forwarded-For = client.ip;
        unset req.http.X-Forwarded-Proto;
    }
    if (req.http.X-Forwarded-Proto !~ "^https?$") {
        call our_scheme;
    }
    # To WSGI `X_Forwarded_For` and `X-Forwarded-For` are one header.
    header.regsub(req, "^[^:_]*_[^:]*:.*$", "Edge-Dropped: 1");
    unset req.http.Edge-Dropped;
    # For shared routes (throttle.vcl): Django counts by address.
    unset req.http.Voxpop-Network;
    # A way around routes, methods and proxies in some framework or other (SAFETY T16).
    unset req.http.Forwarded;
    unset req.http.X-Forwarded-Host;
    unset req.http.X-Forwarded-Port;
    unset req.http.X-Forwarded-Prefix;
    unset req.http.X-Original-URL;
    unset req.http.X-Rewrite-URL;
    unset req.http.X-HTTP-Method-Override;
    unset req.http.X-HTTP-Method;
    unset req.http.X-Method-Override;
    unset req.http.X-Real-IP;
    unset req.http.Proxy;
}

# In vcl_backend_fetch. A private request goes on as it came. A shared one is what every reader's
# would be: the headers that change what is fetched, and nothing that somebody sent.
sub drop_what_django_need_not_know {
    if (var.get("route") == "private") {
        unset bereq.http.Edge-Path;
        unset bereq.http.Edge-Route;
        unset bereq.http.Edge-Why;
    } else {
        call our_main_host;
        header.regsub(bereq, "(?i)^(?!(?:Host|If-None-Match|If-Modified-Since|X-Varnish|Voxpop-Node|Voxpop-Why|X-Forwarded-Proto):).*$", "Edge-Dropped: 1");
        unset bereq.http.Edge-Dropped;
    }
}
