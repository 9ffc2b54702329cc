// Certificates that ferryd makes by itself, for a start.
#pragma once

#include "net/tls.hpp"

namespace ferry::ferryd {

inline constexpr int certificate_days = 825;  // the longest that clients of today take without a word

// Writes cert.pem and key.pem (for this user alone) into `folder`, which is made. Neither may be there already.
// Errors: cert.file, certificate.failed
result<net::tls_identity> make_certificate(const std::string& folder, const std::vector<std::string>& names, int days);

// The pair of an earlier start, or a new one for this machine's name: who trusts its key once need not do so again.
// In $XDG_STATE_HOME/ferryd, else ~/.local/state/ferryd. Errors: cert.file, certificate.failed
result<net::tls_identity> own_certificate();

}  // namespace ferry::ferryd
