# What is said where no answer can be had: a problem document to programs, a short page to people.
# The reason phrase is our code for it (voxpop/errors.py).

sub word_error {
    set resp.http.Cache-Control = "private, no-store";
    set resp.http.X-Content-Type-Options = "nosniff";
    set resp.http.Cache-Status = server.identity;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
    unset resp.http.Server;
    if (resp.status == 503 || resp.status == 429) {
        set resp.http.Retry-After = "5";
    }
    if (local.socket == "purge") {
        call word_purge;
    } elseif (req.url ~ "^/api/") {
        call word_problem;
    } else {
        call word_page;
    }
}

sub say_title {
    if (resp.status == 400) {
        set req.http.Edge-Left = "The request could not be understood";
    } elseif (resp.status == 404) {
        set req.http.Edge-Left = "There is nothing here";
    } elseif (resp.status == 405) {
        set req.http.Edge-Left = "This cannot be done here";
    } elseif (resp.status == 421) {
        set req.http.Edge-Left = "This server does not speak for that host";
    } elseif (resp.status == 429) {
        set req.http.Edge-Left = "Too much at once; wait a moment";
    } else {
        set req.http.Edge-Left = "The server cannot answer just now. Please try again in a moment";
    }
}

sub word_problem {
    call say_title;
    set resp.http.Content-Type = "application/problem+json";
    set resp.http.Access-Control-Allow-Origin = "*";
    set resp.body = {"{"type":"/docs/errors#"} + resp.reason + {"","title":""} + req.http.Edge-Left
        + {"","detail":""} + req.http.Edge-Left + {"","code":""} + resp.reason
        + {"","status":"} + resp.status + "}";
}

sub word_page {
    call say_title;
    set resp.http.Content-Type = "text/html; charset=utf-8";
    set resp.http.Content-Security-Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    set resp.body = {"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>"} + req.http.Edge-Left + {"</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem;max-width:40rem}</style>
</head><body><p>"} + req.http.Edge-Left + {".</p></body></html>
"};
}
