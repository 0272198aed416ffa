# Everybody on this machine may say for whom a request is.
acl proxies {
    "127.0.0.1";
}

include "names.vcl";
