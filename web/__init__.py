"""HTTP and HTML: the pages that readers see, and the JSON that programs read.

``create_app`` makes a Flask application around an open archive. A request is read into an ``Asked`` (``parameters``),
the archive answers it with a ``search.Page``, and ``pages`` renders that in Italian, with the links of ``filters``,
``api`` writes it as JSON, or ``feeds`` as Atom. What is wrong with a request becomes one sentence: of ``messages`` on a
page or in a feed, of the error itself in the API.
"""

from web.app import configured_app, create_app
from web.settings import WebSettings

__all__ = ["WebSettings", "configured_app", "create_app"]
