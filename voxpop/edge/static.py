"""Static files are named by the hash of their content, so that they can be kept for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStorage(ManifestStaticFilesStorage):
    # Rewrites `import … from "./x.js"` in our ES modules to the hashed names as well.
    support_js_module_import_aggregation = True
