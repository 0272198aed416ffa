# The start file of the tests: like vcl/variables.template.vcl, with the backend that varnishtest
# names. Who is a proxy stands apart, because one test wants nobody to be.
import directors;
import var;

sub vcl_init {
    new django = directors.round_robin();
    django.add_backend(s1);
}

sub our_hosts {
    if (req.http.Host !~ "^(?:comments\.test|127\.0\.0\.1)(?::[0-9]+)?$") {
        return (synth(421, "bad_request"));
    }
}

sub our_main_host {
    set bereq.http.Host = "comments.test";
    set bereq.http.X-Forwarded-Proto = "https";
}

sub our_scheme {
    set req.http.X-Forwarded-Proto = "https";
}

sub secret {
    var.set("secret", "0123456789abcdef0123456789abcdef");
}

include "main.vcl";
