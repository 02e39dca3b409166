"""Opens a token of the approach `jwe` by another implementation of JOSE, and verifies the token inside.

Reads `token`, and the keys `encryption` and `signature` (base64url), as JSON. Writes both headers and the claims.
"""

import json
import sys

from joserfc import jwe, jwt
from joserfc.jwk import OctKey

given = json.load(sys.stdin)
encryption = OctKey.import_key({"kty": "oct", "k": given["encryption"]})
signature = OctKey.import_key({"kty": "oct", "k": given["signature"]})

sealed = jwe.decrypt_compact(given["token"], encryption, algorithms=["dir", "A256GCM"])
signed = jwt.decode(sealed.plaintext, signature, algorithms=["HS256"])
json.dump(
    {"sealed": sealed.protected, "signed": signed.header, "claims": signed.claims}, sys.stdout
)
