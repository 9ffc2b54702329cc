// Whether and when something that failed is tried again.
#pragma once

#include "client/session.hpp"

namespace ferry::client {

class retry {
 public:
  explicit retry(session& of) : session_(of) {}

  // After a wait, when `why` may pass and tries are left; the session is connected again then.
  net::task<bool> again(error why);
  // The account was asked for (532) and has been given: the same again may be done. True once at most.
  net::task<bool> with_account(const error& why);
  unsigned tries() const { return tries_; }

 private:
  session& session_;
  unsigned tries_ = 1;
  bool account_given_ = false;
};

}  // namespace ferry::client
