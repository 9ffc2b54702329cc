// A data connection under the TLS session of its control connection (RFC 4217 §7, §10).
#pragma once

#include "net/tls.hpp"
#include "transfer/progress.hpp"

namespace ferry::transfer {

// How a data connection shows that it is made by who made the control connection: it resumes its TLS session.
enum class resumption {
  off,     // it need not
  prefer,  // it should; that it did not is no error
  require  // others are turned away
};

// Until both ends have shaken hands. Errors: data.tls.failed, data.tls.timeout, data.tls.not_resumed, data.aborted
net::task<result<void>> shake_hands(net::tls_stream& channel, resumption how, progress& moved, time_point deadline);

}  // namespace ferry::transfer
