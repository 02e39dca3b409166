"""Opens a token of the approach `jwe` by another implementation of JOSE, and verifies the token inside.

Reads `token`, and the keys `encryption` and `signature` (base64url), as JSON. Writes both headers and the claims.
"""

import json
import sys
import warnings

from joserfc import jwe, jwt
from joserfc.jwk import OctKey, OKPKey

# RFC 9864 has a newer name for it, which `jsonwebtoken` does not write.
warnings.filterwarnings("ignore", message="EdDSA is deprecated")

given = json.load(sys.stdin)
encryption = OctKey.import_key({"kty": "oct", "k": given["encryption"]})
signature = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": given["signature"]})

sealed = jwe.decrypt_compact(given["token"], encryption, algorithms=["dir", "A256GCM"])
signed = jwt.decode(sealed.plaintext, signature, algorithms=["EdDSA"])
json.dump(
    {"sealed": sealed.protected, "signed": signed.header, "claims": signed.claims}, sys.stdout
)
