#include "net/tls.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "net/key_pin.hpp"

namespace ferry::net {

using state = io_result::state;

struct tls_stream::ticket_box {
  SSL_SESSION* latest = nullptr;
  ~ticket_box() { SSL_SESSION_free(latest); }
};

namespace {

int stream_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

tls_stream& stream_of(const SSL* ssl) { return *static_cast<tls_stream*>(SSL_get_ex_data(ssl, stream_index())); }

std::string openssl_reason(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* text = ERR_reason_error_string(code);
  return text ? text : "unknown reason";
}

// Of a file that cannot be read: what went wrong first says the most.
std::string first_reason() { return openssl_reason(ERR_peek_error()); }

// A server cannot ask anybody for the passphrase of a key.
int no_passphrase(char*, int, int, void*) { return -1; }

std::vector<unsigned char> master_key(const SSL* ssl) {
  std::vector<unsigned char> out(SSL_MAX_MASTER_KEY_LENGTH);
  const auto* session = SSL_get_session(ssl);
  out.resize(session ? SSL_SESSION_get_master_key(session, out.data(), out.size()) : 0);
  return out;
}

bool is_address(const std::string& name) {
  boost::system::error_code wrong;
  asio::ip::make_address(name, wrong);
  return !wrong;
}

}  // namespace

// What OpenSSL calls.
struct tls_callbacks {
  static int read(BIO* bio, char* into, int size) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    self.below_ = self.under_->try_read({into, static_cast<std::size_t>(size)});
    switch (self.below_.what) {
      case state::moved: return static_cast<int>(self.below_.count);
      case state::would_block: BIO_set_retry_read(bio); return -1;
      case state::end: return 0;
      case state::failed: return -1;
    }
    return -1;
  }

  // Never blocks: what one attempt makes is bounded, and goes down when it ends.
  static int write(BIO* bio, const char* from, int size) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    self.pending_.append(from, static_cast<std::size_t>(size));
    return size;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<tls_stream*>(BIO_get_data(bio))->below_.what == state::end;
    return command == BIO_CTRL_FLUSH;
  }

  // Once the kernel encrypts, what is still written here are alerts, each in one go.
  static int write_to_kernel(BIO* bio, const char* from, int size) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(bio));
    if (!BIO_get_ktls_send(self.socket_)) return write(bio, from, size);
    BIO_clear_retry_flags(bio);
    const int count = BIO_write(self.socket_, from, size);
    if (count > 0) return count;
    if (BIO_should_retry(self.socket_)) {
      BIO_set_retry_write(bio);
    } else {
      self.below_ = {.what = state::failed, .code = static_cast<std::errc>(errno)};
    }
    return count;
  }

  // OpenSSL gives its key to the kernel through the socket. All that it has encrypted itself must have gone before.
  static long control_of_kernel(BIO* bio, int command, long number, void* what) {
    auto& self = *static_cast<tls_stream*>(BIO_get_data(bio));
    if (command == BIO_CTRL_FLUSH) {
      self.flush();  // what cannot go now, or never, is met by the handshake
      return 1;
    }
    return self.pending_.empty() ? BIO_ctrl(self.socket_, command, number, what) : 0;
  }

  using writer = int (*)(BIO*, const char*, int);
  using controller = long (*)(BIO*, int, long, void*);
  static BIO_METHOD* make_method(writer how, controller by) {
    auto* out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    BIO_meth_set_read(out, read);
    BIO_meth_set_write(out, how);
    BIO_meth_set_ctrl(out, by);
    return out;
  }
  static BIO* make_bio(tls_stream& self, bool kernel = false) {
    static BIO_METHOD* const plain = make_method(write, control);
    static BIO_METHOD* const to_kernel = make_method(write_to_kernel, control_of_kernel);
    auto* out = BIO_new(kernel ? to_kernel : plain);
    BIO_set_data(out, &self);
    BIO_set_init(out, 1);
    return out;
  }

  static int choose_identity(SSL* ssl, int*, void* contexts) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto& ours = stream_of(ssl).server_;
    if (!name && ours.empty()) return SSL_TLSEXT_ERR_NOACK;
    if (!name) name = ours.c_str();
    for (auto* each : *static_cast<std::vector<SSL_CTX*>*>(contexts)) {
      if (X509_check_host(SSL_CTX_get0_certificate(each), name, 0, 0, nullptr) != 1) continue;
      SSL_set_SSL_CTX(ssl, each);
      break;
    }
    return SSL_TLSEXT_ERR_OK;
  }

  // A browser that is led here to speak HTTP says so, and is refused: RFC 7301 §3.2.
  static int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                             unsigned size, void*) {
    static constexpr unsigned char known[] =
        "\x03"
        "ftp"
        "\x08"
        "ftp-data";
    auto* chosen = const_cast<unsigned char*>(*out);
    const int found = SSL_select_next_proto(&chosen, out_size, known, sizeof known - 1, offered, size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  // Each ticket names the control connection that it was made for, where anybody can read it (RFC 5077 §4): a port that
  // several share must know it before the handshake. Where the control connection itself is resumed, TLS 1.2 must be
  // told to give another.
  static int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                        int seals) {
    auto& self = stream_of(ssl);
    if (seals && self.has_control_) return 0;  // a session begun on a data connection is nobody's
    const auto& with = *self.context_;
    char digest[] = "SHA256";
    auto* key = const_cast<unsigned char*>(with.ticket_mac_.data());
    const OSSL_PARAM how[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, with.ticket_mac_.size()),
                              OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                              OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, how) != 1) return -1;
    if (seals) {
      std::ranges::copy(self.key_, name);
      if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    } else {
      std::copy_n(name, self.shown_.size(), self.shown_.begin());
    }
    if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, with.ticket_cipher_.data(), iv, seals) != 1) return -1;
    return seals || self.has_control_ ? 1 : 2;
  }

  // Of a certificate that is refused OpenSSL keeps nothing; people are to be told which key it had.
  static int look(int good, X509_STORE_CTX* at) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(at, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (!good) stream_of(ssl).refused_key_ = key_pin(X509_STORE_CTX_get0_cert(at));
    return good;
  }

  // A client's key may be known, whoever signed its certificate. The name in it then stands for nothing.
  static int admit(int good, X509_STORE_CTX* at) {
    if (good) return 1;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(at, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto& pins = stream_of(ssl).context_->client_pins_;
    return std::ranges::find(pins, key_pin(X509_STORE_CTX_get0_cert(at))) != pins.end();
  }

  static int keep_ticket(SSL* ssl, SSL_SESSION* session) {
    SSL_SESSION_free(std::exchange(stream_of(ssl).tickets_->latest, SSL_SESSION_dup(session)));
    return 0;  // `session` itself stays the connection's
  }
};

// --- contexts
// ---------------------------------------------------------------------------------------------------------

namespace {

SSL_CTX* bare_context(const SSL_METHOD* method, bool only_1_2) {
  auto* out = SSL_CTX_new(method);
  if (only_1_2) SSL_CTX_set_max_proto_version(out, TLS1_2_VERSION);
  SSL_CTX_set_min_proto_version(out, TLS1_2_VERSION);
  SSL_CTX_set_options(out, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(out, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return out;
}

result<void> load_identity(SSL_CTX* into, const tls_identity& from) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(into, from.certificate.c_str()) != 1) {
    return fail("tls.certificate",
                fmt::format("no certificate can be read from {}: {}", from.certificate, first_reason()),
                "name a file in PEM form that this program may read");
  }
  SSL_CTX_set_default_passwd_cb(into, no_passphrase);
  if (SSL_CTX_use_PrivateKey_file(into, from.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const auto why = ERR_peek_error();
    if (ERR_GET_LIB(why) == ERR_LIB_X509) {
      return fail("tls.key",
                  fmt::format("the key in {} is not that of the certificate in {}", from.key, from.certificate),
                  "name the key that the certificate was made with");
    }
    if (from.key == from.certificate) {
      return fail("tls.key", fmt::format("{} holds no key that can be read: {}", from.key, openssl_reason(why)),
                  "name the file of the certificate's key, in PEM form and without a passphrase: --key FILE");
    }
    return fail("tls.key", fmt::format("no key can be read from {}: {}", from.key, openssl_reason(why)),
                "name a file in PEM form, without a passphrase, that this program may read");
  }
  return {};
}

result<void> load_authorities(SSL_CTX* into, const std::string& file) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(into, file.c_str()) != 1) {
    return fail("tls.authorities", fmt::format("no certificates can be read from {}: {}", file, first_reason()),
                "name a file with certificates in PEM form");
  }
  return {};
}

}  // namespace

tls_context::~tls_context() {
  for (auto* each : all_) SSL_CTX_free(each);
}

result<std::shared_ptr<const tls_context>> tls_context::server(const tls_server_options& how) {
  auto out = std::make_shared<tls_context>();
  out->serves_ = true;
  out->client_pins_ = how.client_pins;
  RAND_bytes(out->ticket_cipher_.data(), static_cast<int>(out->ticket_cipher_.size()));
  RAND_bytes(out->ticket_mac_.data(), static_cast<int>(out->ticket_mac_.size()));
  for (const auto& each : how.identities) {
    auto* made = out->all_.emplace_back(bare_context(TLS_server_method(), how.only_1_2));
    if (auto loaded = load_identity(made, each); !loaded) return std::unexpected(loaded.error());
    SSL_CTX_set_num_tickets(made, 1);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(made, tls_callbacks::ticket_key);
    SSL_CTX_set_alpn_select_cb(made, tls_callbacks::choose_protocol, nullptr);
    // For TLS 1.2 without tickets; what is resumed is compared with the control connection all the same.
    static constexpr unsigned char all_alike[] = "ferry";
    SSL_CTX_set_session_id_context(made, all_alike, sizeof all_alike - 1);
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(made, limit::tls_sessions);
    if (!how.client_authorities.empty()) {
      if (auto loaded = load_authorities(made, how.client_authorities); !loaded) return std::unexpected(loaded.error());
      // Where keys are pinned, clients must not be told that only these authorities will do.
      if (how.client_pins.empty()) {
        SSL_CTX_set_client_CA_list(made, SSL_load_client_CA_file(how.client_authorities.c_str()));
      }
    } else if (how.client_pins.empty()) {
      continue;
    }
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER | (how.client_must_show ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       tls_callbacks::admit);
  }
  if (out->all_.empty()) return fail("tls.certificate", "TLS needs a certificate", "name one, or make one");
  SSL_CTX_set_tlsext_servername_callback(out->all_[0], tls_callbacks::choose_identity);
  SSL_CTX_set_tlsext_servername_arg(out->all_[0], &out->all_);
  return out;
}

result<std::shared_ptr<const tls_context>> tls_context::client(const tls_client_options& how) {
  auto out = std::make_shared<tls_context>();
  auto* made = out->all_.emplace_back(bare_context(TLS_client_method(), how.only_1_2));
  out->pin_ = how.pin;
  out->verify_ = how.verify && how.pin.empty();
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(made, tls_callbacks::keep_ticket);
  if (!how.own.empty()) {
    if (auto loaded = load_identity(made, how.own.front()); !loaded) return std::unexpected(loaded.error());
  }
  if (!out->verify_) return out;
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, tls_callbacks::look);
  if (how.authorities.empty()) {
    SSL_CTX_set_default_verify_paths(made);
  } else if (auto loaded = load_authorities(made, how.authorities); !loaded) {
    return std::unexpected(loaded.error());
  }
  return out;
}

// --- streams
// ----------------------------------------------------------------------------------------------------------

tls_stream::tls_stream(std::unique_ptr<stream> under, std::shared_ptr<const tls_context> with, std::string server)
    : under_(std::move(under)),
      context_(std::move(with)),
      tickets_(std::make_shared<ticket_box>()),
      server_(std::move(server)) {
  begin();
  RAND_bytes(key_.data(), static_cast<int>(key_.size()));
}

tls_stream::tls_stream(std::unique_ptr<stream> under, std::shared_ptr<const tls_context> with, bulk)
    : tls_stream(std::move(under), std::move(with)) {
  prepare_for_data();
}

tls_stream::tls_stream(std::unique_ptr<stream> under, const tls_stream& control)
    : under_(std::move(under)),
      context_(control.context_),
      tickets_(control.tickets_),
      key_(control.key_),
      control_master_(master_key(control.ssl_)),
      control_certificate_(context_->serves_ ? nullptr : SSL_get1_peer_certificate(control.ssl_)),
      server_(control.server_),
      has_control_(true),
      bears_truncation_(control.bears_truncation_) {
  begin();
  prepare_for_data();
  if (context_->serves_ || !tickets_->latest) return;
  // A copy: OpenSSL uses up the one it is given, and where no other comes (after CCC) this one serves again.
  auto* copy = SSL_SESSION_dup(tickets_->latest);
  SSL_set_session(ssl_, copy);
  SSL_SESSION_free(copy);
}

void tls_stream::prepare_for_data() {
  of_data_ = true;
  // Tickets that a peer does not read before it closes would break the connection under what it sent.
  SSL_set_num_tickets(ssl_, 0);
  SSL_clear_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(ssl_, 1);
  SSL_set_default_read_buffer_len(ssl_, limit::tls_read);
  if (under_->send_descriptor() < 0) return;
  socket_ = BIO_new_socket(under_->send_descriptor(), BIO_NOCLOSE);
  SSL_set0_wbio(ssl_, tls_callbacks::make_bio(*this, true));
  SSL_set_options(ssl_, SSL_OP_ENABLE_KTLS);
}

void tls_stream::begin() {
  ssl_ = SSL_new(context_->all_.front());
  SSL_set_ex_data(ssl_, stream_index(), this);
  auto* bio = tls_callbacks::make_bio(*this);
  SSL_set_bio(ssl_, bio, bio);
  if (context_->serves_) return SSL_set_accept_state(ssl_);
  SSL_set_connect_state(ssl_);
  if (is_address(server_)) {
    if (context_->verify_) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), server_.c_str());
    return;
  }
  if (!server_.empty()) SSL_set_tlsext_host_name(ssl_, server_.c_str());
  if (context_->verify_) SSL_set1_host(ssl_, server_.c_str());
}

tls_stream::~tls_stream() {
  if (under_ && !failed_) try_finish();
  SSL_free(ssl_);
  BIO_free(socket_);
  X509_free(control_certificate_);
}

io_result tls_stream::failure() noexcept {
  failed_ = true;
  finished_ = true;
  reason_ = ERR_peek_last_error();
  std::errc code = std::errc::protocol_error;
  if (below_.what == state::failed) code = below_.code;
  if (below_.what == state::end) code = std::errc::connection_aborted;
  return {.what = state::failed, .code = code};
}

// What `returned` of an OpenSSL call means for who asked for `asked`.
io_result tls_stream::outcome(int returned, interest asked) noexcept {
  const int why = SSL_get_error(ssl_, returned);
  if (why == SSL_ERROR_WANT_WRITE) {  // the kernel's socket is full
    waits_for_[static_cast<int>(asked)] = interest::write;
    return {.what = state::would_block, .wants = asked};
  }
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) {
    auto out = failure();
    flush();  // the alert that tells the peer why
    if (established_ && bears_truncation_ && out.code == std::errc::connection_aborted) return {.what = state::end};
    return out;
  }
  if (why == SSL_ERROR_ZERO_RETURN) return {.what = state::end};
  auto sent = flush();
  if (sent.what == state::failed) return sent;
  // What the handshake has to say waits, unless somebody else is there who waits for it to go.
  const bool writes = sent.what == state::would_block && owed_ == 0;
  waits_for_[static_cast<int>(asked)] = writes ? interest::write : interest::read;
  return {.what = state::would_block, .wants = asked};
}

// `moved` when nothing is left that the stream below has not taken.
io_result tls_stream::flush() noexcept {
  while (sent_ < pending_.size()) {
    auto io = under_->try_write(std::span(pending_).subspan(sent_));
    if (io.what != state::moved) return io;
    sent_ += io.count;
  }
  sent_ = 0;
  if (of_data_) {
    pending_.clear();
  } else {
    pending_ = {};  // an idle session holds no buffer
  }
  return {};
}

io_result tls_stream::handshake(interest asked) noexcept {
  if (failed_) return {.what = state::failed, .code = std::errc::protocol_error};
  if (settled_) return {};
  if (!established_) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done != 1) return outcome(done, asked);
    if (!is_the_peer()) {
      under_->reset();
      return failure();
    }
    established_ = true;
  }
  auto said = flush();
  settled_ = said.what == state::moved;
  kernel_sends_ = settled_ && socket_ && BIO_get_ktls_send(socket_);
  waits_for_[static_cast<int>(asked)] = settled_ ? asked : interest::write;
  said.wants = asked;
  return said;
}

io_result tls_stream::try_handshake() noexcept { return handshake(interest::read); }

bool tls_stream::is_the_peer() noexcept {
  if (context_->serves_) return true;
  auto* shown = SSL_get0_peer_certificate(ssl_);
  wrong_pin_ = !context_->pin_.empty() && key_pin(shown) != context_->pin_;
  wrong_certificate_ =
      control_certificate_ && !SSL_session_reused(ssl_) && (!shown || X509_cmp(shown, control_certificate_) != 0);
  return !wrong_pin_ && !wrong_certificate_;
}

error tls_stream::handshake_error() const {
  const auto verified = SSL_get_verify_result(ssl_);
  if (wrong_pin_) {
    return {"tls.certificate.pin", "the server's key is " + peer_key() + ", not the one that was pinned",
            "if the server was given a new key, pin that; if not, somebody else answers in its place"};
  }
  if (wrong_certificate_) {
    return {"tls.certificate.other", "the data connection shows another certificate than the control connection",
            "somebody else may answer in the server's place"};
  }
  if (verified != X509_V_OK && !context_->serves_) {
    const std::string why = X509_verify_cert_error_string(verified);
    switch (verified) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return {"tls.certificate.name", fmt::format("the server's certificate is not for {}", server_),
                "use the name that the certificate bears"};
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return {"tls.certificate.date", "the server's certificate: " + why,
                "the server's administrator must renew it; or look at this machine's clock"};
      default:
        return {"tls.certificate.issuer", "the server's certificate cannot be trusted: " + why,
                fmt::format("if you know it by other means, trust its key: --pin {}; or name its issuer: --cacert FILE",
                            refused_key_)};
    }
  }
  if (below_.what == state::end) {
    return {"tls.cut", "the peer closed the connection in the middle of the TLS handshake", {}};
  }
  if (below_.what == state::failed) {
    return {"tls.cut", "the connection broke in the middle of the TLS handshake", {}, below_.code};
  }
  const auto why = openssl_reason(reason_);
  switch (ERR_GET_REASON(reason_)) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return {"tls.not_tls", "what the peer said is no TLS of version 1.2 or 1.3: " + why, {}};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return {"tls.client_certificate", "the client's certificate: " + why,
              "show one that an authority of this server has signed"};
    default: break;
  }
  if (ERR_GET_REASON(reason_) > SSL_AD_REASON_OFFSET) {
    return {"tls.alert", "the peer ended the TLS handshake: " + why, {}};
  }
  return {"tls.handshake", "the TLS handshake failed: " + why, {}};
}

bool tls_stream::resumed() const {
  if (!SSL_session_reused(ssl_)) return false;
  if (!context_->serves_ || !has_control_) return true;
  if (SSL_version(ssl_) >= TLS1_3_VERSION) return shown_ == key_;
  const auto mine = master_key(ssl_);
  return mine.size() == control_master_.size() && CRYPTO_memcmp(mine.data(), control_master_.data(), mine.size()) == 0;
}

tls_session_name tls_stream::session_name() const {
  tls_session_name out{.ticket = key_};
  if (SSL_version(ssl_) >= TLS1_3_VERSION) return out;
  unsigned size = 0;
  const auto* id = SSL_SESSION_get_id(SSL_get_session(ssl_), &size);
  out.session_id.assign(reinterpret_cast<const char*>(id), size);
  return out;
}

void tls_stream::renew_ticket() {
  if (established_ && !finished_ && SSL_version(ssl_) >= TLS1_3_VERSION) SSL_new_session_ticket(ssl_);
}

std::string tls_stream::description() const {
  return fmt::format("{}, {}", SSL_get_version(ssl_), SSL_get_cipher_name(ssl_));
}

std::string tls_stream::asked_name() const {
  const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

std::string tls_stream::peer_name() const {
  auto* shown = SSL_get0_peer_certificate(ssl_);
  if (!shown || SSL_get_verify_result(ssl_) != X509_V_OK) return {};
  auto* subject = X509_get_subject_name(shown);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

std::string tls_stream::peer_key() const { return key_pin(SSL_get0_peer_certificate(ssl_)); }

io_result tls_stream::try_read(std::span<char> into) noexcept {
  if (auto ready = handshake(interest::read); ready.what != state::moved) return ready;
  ERR_clear_error();
  const int count = SSL_read(ssl_, into.data(), static_cast<int>(std::min(into.size(), limit::transfer_slice)));
  if (count <= 0) return outcome(count, interest::read);
  if (owed_ == 0) flush();
  return {.count = static_cast<std::size_t>(count)};
}

io_result tls_stream::try_write(std::span<const char> from) noexcept {
  if (auto ready = handshake(interest::write); ready.what != state::moved) return ready;
  if (kernel_sends_) return under_->try_write(from);
  std::size_t done = std::exchange(owed_, 0);
  ERR_clear_error();
  while (done < from.size() && pending_.size() < limit::tls_gather) {
    const auto piece = std::min<std::size_t>(from.size() - done, SSL3_RT_MAX_PLAIN_LENGTH);
    const int count = SSL_write(ssl_, from.data() + done, static_cast<int>(piece));
    if (count <= 0) return outcome(count, interest::write);
    done += static_cast<std::size_t>(count);
  }
  auto sent = flush();
  waits_for_[static_cast<int>(interest::write)] = interest::write;
  if (sent.what == state::moved) return {.count = done};
  owed_ = done;
  return sent;
}

io_result tls_stream::try_finish() noexcept {
  if (failed_ || !established_) return {};
  waits_for_[static_cast<int>(interest::write)] = interest::write;
  if (!finished_) {
    ERR_clear_error();
    const int said = SSL_shutdown(ssl_);
    if (said < 0 && SSL_get_error(ssl_, said) == SSL_ERROR_WANT_WRITE) {
      return {.what = state::would_block, .wants = interest::write};
    }
    finished_ = true;
  }
  return flush();
}

task<wait_status> tls_stream::ready(interest what, time_point deadline) {
  return under_->ready(waits_for_[static_cast<int>(what)], deadline);
}

void tls_stream::cancel(interest what) noexcept { under_->cancel(waits_for_[static_cast<int>(what)]); }

void tls_stream::close_write() noexcept {
  try_finish();
  under_->close_write();
}

// The client's own upload stays open until the server has answered.
bool tls_stream::hears_unasked() const noexcept { return of_data_ && !has_control_ && !context_->serves_; }

void tls_stream::reset() noexcept {
  failed_ = finished_ = true;
  under_->reset();
}

}  // namespace ferry::net
