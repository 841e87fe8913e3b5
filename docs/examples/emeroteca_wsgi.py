"""The site as a WSGI application, for gunicorn or another server than ``emeroteca serve``.

gunicorn runs it as gunicorn.conf.py says: ``gunicorn --config gunicorn.conf.py``, both files in one folder.
"""

import os
from pathlib import Path

from search import open_archive
from web import configured_app

_data_dir = Path(os.environ.get("EMEROTECA_DATA", "emeroteca-data"))

# In each worker, after the fork: a connection to SQLite must not be taken over by another process.
_archive = open_archive(_data_dir, kernels="compiled", deadline_s=5)
# The compiled kernels are loaded by the first question: better now than while a reader waits.
_archive.search("notizie dell'archivio", size=1)

application = configured_app(_archive, _data_dir)
