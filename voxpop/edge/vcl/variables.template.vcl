# The start file of an edge node: what is another in every deployment, then the product's VCL.
# voxpop/edge/node.py fills in what begins with a dollar; a deployment writes the same by hand to
# /etc/varnish/voxpop.vcl, readable by Varnish alone (it holds the secret), and starts
#
#   varnishd -i NAME -f /etc/varnish/voxpop.vcl -p vcl_path=…/voxpop/edge/vcl \
#       -a public=:6081 -a purge=10.0.0.5:6091 …    (more parameters: voxpop/edge/node.py)
#
# The purge listener must be reachable from our own machines only.
vcl 4.1;

import directors;
import var;

# Healthy while one of the last two answered: sick a second or two after the process hangs.
probe alive {
    .request = "GET /healthz HTTP/1.1" "Host: $host" "Connection: close";
    .interval = 0.5s;
    .timeout = 1s;
    .window = 2;
    .threshold = 1;
    .initial = 1;
}

# Each process of Django, in the shape:
#   backend django1 { .host = "127.0.0.1"; .port = "8000"; .probe = alive; … }
$backends

sub vcl_init {
    new django = directors.round_robin();
$members
}

# Who may say for whom a request is: the load balancers.
acl proxies {
$proxies
}

# The hosts that we answer for, without a port; the first is VOXPOP_HOST's.
sub our_hosts {
    if (req.http.Host !~ "^(?:$hosts)(?::[0-9]+)?$$") {
        return (synth(421, "bad_request"));
    }
}

sub our_main_host {
    set bereq.http.Host = "$host";
    set bereq.http.X-Forwarded-Proto = "$scheme";
}

sub our_scheme {
    set req.http.X-Forwarded-Proto = "$scheme";
}

# VOXPOP_EDGE_SECRET.
sub secret {
    var.set("secret", "$secret");
}

include "main.vcl";
