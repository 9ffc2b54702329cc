// TLS over any stream (RFC 5246, 8446; for FTP: RFC 4217). OpenSSL reads and writes the stream below by itself.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "net/client_hello.hpp"
#include "net/stream.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct bio_st;
struct x509_st;

namespace ferry::net {

// Files in PEM: the certificate with those that lead to its issuer, and its key. They may be one file.
struct tls_identity {
  std::string certificate;
  std::string key;
  friend bool operator==(const tls_identity&, const tls_identity&) = default;
};

struct tls_server_options {
  std::vector<tls_identity> identities;  // at least one; the first serves names (SNI) that none of the others has
  std::string client_authorities;        // PEM file; set: clients are asked for a certificate that one of these signed
  std::vector<std::string> client_pins;  // or for one with one of these keys, whoever signed it: tls_stream::peer_key()
  bool client_must_show = false;         // and no client without one is taken
  bool only_1_2 = false;                 // no TLS 1.3
};

struct tls_client_options {
  bool verify = true;             // the chain, the dates and the name
  std::string authorities;        // PEM file; empty: those the system trusts
  std::string pin;                // "sha256//" and the base64 of the SHA-256 of the public key; instead of the chain
  std::vector<tls_identity> own;  // at most one: shown to servers that ask
  bool only_1_2 = false;          // no TLS 1.3
  friend bool operator==(const tls_client_options&, const tls_client_options&) = default;
};

// What connections share. Does not change, and may be used by all threads.
class tls_context {
 public:
  // Errors: tls.certificate (cannot be read), tls.key (cannot be read, or is not the certificate's), tls.authorities
  static result<std::shared_ptr<const tls_context>> server(const tls_server_options& how);
  static result<std::shared_ptr<const tls_context>> client(const tls_client_options& how);

  tls_context() = default;
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

 private:
  friend class tls_stream;
  friend struct tls_callbacks;
  std::vector<ssl_ctx_st*> all_;  // one an identity; the first is that of every new connection
  bool serves_ = false;
  bool verify_ = false;
  std::string pin_;
  std::vector<std::string> client_pins_;
  std::array<unsigned char, 32> ticket_cipher_{}, ticket_mac_{};  // a server's keys, of the tickets that it gives
};

// One connection. The handshake begins with the first attempt at anything. An attempt that would block is to be
// repeated with the same bytes (more may follow them).
class tls_stream final : public stream {
 public:
  // The `server` is its name or address in words. For a client: what its certificate must bear. For a server: the name
  // that it shows a certificate of when the client names none (SNI).
  tls_stream(std::unique_ptr<stream> under, std::shared_ptr<const tls_context> with, std::string server = {});
  // A data connection by itself: of no control connection, with buffers for much data.
  struct bulk {};
  tls_stream(std::unique_ptr<stream> under, std::shared_ptr<const tls_context> with, bulk);
  // A data connection of the session that `control` protects, in the same role: a client resumes control's TLS session.
  tls_stream(std::unique_ptr<stream> under, const tls_stream& control);
  ~tls_stream() override;

  // `moved`: it is done; `failed`: handshake_error() says why.
  io_result try_handshake() noexcept;
  // Errors: tls.certificate.name, tls.certificate.date, tls.certificate.issuer, tls.certificate.pin,
  // tls.certificate.other (not the control connection's), tls.client_certificate, tls.alert, tls.not_tls, tls.cut,
  // tls.handshake
  error handshake_error() const;

  // Whether the session was resumed: of a data connection, the very session of its control connection.
  bool resumed() const;
  // A server's: lets the peer resume this session once more; goes out before the next bytes (RFC 8446 §4.6.1).
  void renew_ticket();
  // Of a server's control connection, when the handshake is done: how the peer's data connections name its session.
  tls_session_name session_name() const;

  std::string description() const;  // "TLSv1.3, TLS_AES_256_GCM_SHA384"
  std::string asked_name() const;   // a server's: the host that the client named (SNI, RFC 6066 §3); or empty
  std::string peer_name() const;    // the common name of the certificate the peer showed and proved; or empty
  std::string peer_key() const;     // of its public key, in the form of tls_client_options::pin; or empty

  // An end without close_notify is then as good as one with it: for peers that never send it (RFC 5246 §7.2.1).
  void bear_truncation() { bears_truncation_ = true; }
  // The stream below, in the clear again (CCC), once try_finish and try_read have told of the end both ways.
  std::unique_ptr<stream> release() { return std::move(under_); }

  io_result try_read(std::span<char> into) noexcept override;
  io_result try_write(std::span<const char> from) noexcept override;
  io_result try_finish() noexcept override;
  task<wait_status> ready(interest what, time_point deadline) override;
  void cancel(interest what) noexcept override;
  bool peer_closed() noexcept override { return under_->peer_closed(); }
  void no_delay() noexcept override { under_->no_delay(); }
  void close_write() noexcept override;
  bool hears_unasked() const noexcept override;
  void reset() noexcept override;
  // Of a data connection whose bytes the kernel encrypts (kernel TLS), for it can and knows the cipher.
  int send_descriptor() const noexcept override { return kernel_sends_ ? under_->send_descriptor() : -1; }
  endpoint local() const override { return under_->local(); }
  endpoint peer() const override { return under_->peer(); }
  endpoint dialled() const override { return under_->dialled(); }

 private:
  friend struct tls_callbacks;
  struct ticket_box;

  void begin();
  void prepare_for_data();
  io_result handshake(interest asked) noexcept;
  bool is_the_peer() noexcept;
  io_result outcome(int returned, interest asked) noexcept;
  io_result failure() noexcept;
  io_result flush() noexcept;

  std::unique_ptr<stream> under_;
  std::shared_ptr<const tls_context> context_;
  ssl_st* ssl_ = nullptr;
  bio_st* socket_ = nullptr;                   // of a data connection: the one below, for OpenSSL to hand to the kernel
  std::shared_ptr<ticket_box> tickets_;        // a client's: what the server gave to resume with
  tls_session_name::key key_{};                // a server's: the name of each ticket of this control connection
  tls_session_name::key shown_{};              // a server's: the name of the ticket that the peer resumes
  std::vector<unsigned char> control_master_;  // of a data connection: what control agreed on
  x509_st* control_certificate_ = nullptr;     // and, to a client, showed
  std::string server_;
  std::string pending_;   // encrypted, for the stream below
  std::size_t sent_ = 0;  // of it, taken
  std::size_t owed_ = 0;  // plain bytes in it, of which the caller has not been told
  io_result below_;       // what the stream below said last
  interest waits_for_[2] = {interest::read, interest::write};  // below, when asked to wait for these
  unsigned long reason_ = 0;                                   // OpenSSL's, of the failure
  bool of_data_ = false;
  bool has_control_ = false;  // and that of a control connection
  bool bears_truncation_ = false;
  std::string refused_key_;   // of a certificate that was not to be trusted
  bool established_ = false;  // the handshake is done
  bool settled_ = false;      // and the last of it has gone down
  bool kernel_sends_ = false;
  bool failed_ = false;
  bool finished_ = false;  // nothing more will be said
  bool wrong_pin_ = false;
  bool wrong_certificate_ = false;
};

}  // namespace ferry::net
