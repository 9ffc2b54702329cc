// The first message of a TLS client, before anything is answered: which sessions it would resume.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct ssl_st;
struct bio_st;

namespace ferry::net {

// By what a ClientHello names the TLS session of a control connection.
struct tls_session_name {
  using key = std::array<unsigned char, 16>;
  key ticket{};            // each of its tickets begins so (RFC 5077 §4)
  std::string session_id;  // of TLS 1.2, for clients that take no tickets; or empty
  friend bool operator==(const tls_session_name&, const tls_session_name&) = default;
};

class client_hello {
 public:
  enum class status { more, done, not_tls };

  client_hello();
  ~client_hello();
  client_hello(const client_hello&) = delete;
  client_hello& operator=(const client_hello&) = delete;

  status push(std::span<const char> bytes);
  bool resumes(const tls_session_name& which) const;
  bool brings_ticket() const { return !tickets_.empty(); }

 private:
  static int look(ssl_st* ssl, int* alert, void*);

  ssl_st* ssl_;
  bio_st* in_;  // its own
  status status_ = status::more;
  std::vector<tls_session_name::key> tickets_;
  std::string session_id_;
};

}  // namespace ferry::net
