#include "net/shared_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <list>
#include <map>
#include <mutex>
#include <random>
#include <typeindex>

#include "base/limits.hpp"
#include "net/event.hpp"
#include "net/unread.hpp"

namespace ferry::net {
namespace {

using expected_peer = shared_ports::expected;

bool is(const expected_peer& one, const address& who) {
  return who == one.peer || std::ranges::any_of(one.also, [&](const auto& each) { return each.holds(who); });
}

// Whether some address would be either. Of two sets of networks it is not looked for one that is in both.
bool alike(const expected_peer& one, const expected_peer& other) {
  return is(one, other.peer) || is(other, one.peer) || (!one.also.empty() && !other.also.empty());
}

// Who comes from another network comes from another server, and resumes nothing.
bool has_name(const expected_peer& one) { return one.session && one.also.empty(); }

// No ClientHello resumes both: two control connections can have one session id (TLS 1.2), each with tickets of its own.
bool named_apart(const expected_peer& one, const expected_peer& other) {
  if (!has_name(one) || !has_name(other) || one.session->ticket == other.session->ticket) return false;
  const auto& id = one.session->session_id;
  return id.empty() || id != other.session->session_id;
}

// Somebody who waits for a connection.
struct waiting {
  loop& on;
  const time_point since;
  // Guarded by state::guard.
  expected_peer who;
  bool wanted = false;  // and does nothing else
  // For all threads.
  std::atomic<unsigned> strangers = 0, nameless = 0;
  // Of the loop `on`.
  bool left = false;
  bool withdrawn = false;
  bool cancelled = false;
  time_point gives_up = time_point::max();  // once a connection came that may have been the one
  std::unique_ptr<stream> came{};
  event* waker = nullptr;

  void wake() {
    if (waker) waker->set();
  }
};

// A port that is listened at, on the loop `home`, whose all is but who waits and `served`: these are guarded.
struct port {
  loop& home;
  const endpoint at;
  const std::type_index network_kind;  // what connections begin with: a PROXY header or not
  std::unique_ptr<listener> door;
  std::size_t heard = 0;                       // connections that are to say whose they are
  std::vector<std::shared_ptr<waiting>> here;  // the oldest first
  bool served = false;                         // by a coroutine of its own; else by who waits
};

// Somebody who waits for a port.
struct applicant {
  loop& on;
  const expected_peer who;
  event* waker = nullptr;
};

}  // namespace

std::uint32_t random_below(std::uint32_t bound) {
  thread_local std::random_device source;
  return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(source);
}

struct shared_ports::state : std::enable_shared_from_this<state> {
  std::mutex guard;
  std::map<endpoint, std::shared_ptr<port>> ports;
  std::list<std::shared_ptr<applicant>> queue;

  // What came of a look for a port.
  struct found {
    std::shared_ptr<port> at;
    std::optional<error> why_not;
    time_point look = time_point::max();  // when an age may have changed the answer
  };

  void want(const std::shared_ptr<port>& at, const std::shared_ptr<waiting>& who);
  void leave(const std::shared_ptr<port>& at, const std::shared_ptr<waiting>& who);
  found choose(loop& on, network& through, const place& where, const applicant& who);
  result<std::shared_ptr<port>> open(loop& on, network& through, const endpoint& at);
  bool has_turn(const applicant& who) const;
  void withdraw(port& from, const applicant& in_favour_of);
  void next_in_turn(const expected_peer& gone);
  void serve(const std::shared_ptr<port>& at);
  task<> serving(std::shared_ptr<port> at);
  bool close_if_empty(port& at);
  enum class pass { all, some, failed };  // of those who have come
  pass accept(const std::shared_ptr<port>& at);
  void route(const std::shared_ptr<port>& at, std::unique_ptr<stream> one);
  task<> hear(std::shared_ptr<port> at, std::unique_ptr<stream> one);
  std::shared_ptr<waiting> called_by(port& at, const address& from, const client_hello& hello);
  static void deliver(const port& from, const std::shared_ptr<waiting>& to, std::unique_ptr<stream> one);
};

// --- who waits
// --------------------------------------------------------------------------------------------------------

class shared_ports::ear final : public shared_listener {
 public:
  ear(std::shared_ptr<state> all, std::shared_ptr<port> at, std::shared_ptr<waiting> me)
      : all_(std::move(all)), at_(std::move(at)), me_(std::move(me)) {}
  ~ear() override {
    me_->left = true;
    all_->leave(at_, me_);
  }
  ear(const ear&) = delete;
  ear& operator=(const ear&) = delete;

  // Where nobody shares the port, nothing has to be waited for that has come already.
  result<std::unique_ptr<stream>> try_accept() override {
    if (!me_->came && !me_->withdrawn && &at_->home == &me_->on) all_->accept(at_);
    return std::move(me_->came);
  }
  task<wait_status> ready(time_point deadline) override {
    all_->want(at_, me_);
    me_->cancelled = false;
    while (!me_->came && !me_->withdrawn && !me_->cancelled && me_->on.now() < std::min(deadline, me_->gives_up)) {
      event something(me_->on);
      me_->waker = &something;
      co_await something.wait_until(std::min(deadline, me_->gives_up));
      me_->waker = nullptr;
    }
    if (me_->cancelled) co_return wait_status::cancelled;
    co_return me_->came ? wait_status::ready : wait_status::timed_out;
  }
  void cancel() noexcept override {
    me_->cancelled = true;
    me_->wake();
  }
  endpoint local() const override { return at_->at; }
  trouble met() const override { return {me_->strangers, me_->nameless, me_->withdrawn}; }
  void expect(std::optional<tls_session_name> session) override {
    const std::lock_guard hold(all_->guard);
    if (me_->who.session == session) return;
    me_->who.session = std::move(session);
    const auto like_me = [&](const auto& each) { return each != me_ && alike(each->who, me_->who); };
    if (std::ranges::none_of(at_->here, like_me) || std::erase(at_->here, me_) == 0) return;
    // They were let in, or it, for the name that it had.
    all_->next_in_turn(me_->who);
    me_->withdrawn = true;
    me_->wake();
  }

 private:
  const std::shared_ptr<state> all_;
  const std::shared_ptr<port> at_;
  const std::shared_ptr<waiting> me_;
};

void shared_ports::state::want(const std::shared_ptr<port>& at, const std::shared_ptr<waiting>& who) {
  const std::lock_guard hold(guard);
  who->wanted = true;
  serve(at);
}

void shared_ports::state::leave(const std::shared_ptr<port>& at, const std::shared_ptr<waiting>& who) {
  const std::lock_guard hold(guard);
  if (std::erase(at->here, who) > 0) next_in_turn(who->who);
  if (!at->here.empty()) return;
  if (!at->served) {
    close_if_empty(*at);
    return;
  }
  asio::post(at->home.context(), [at] {
    if (at->door) at->door->cancel();
  });
}

// --- the choice of a port
// ---------------------------------------------------------------------------------------------

result<std::shared_ptr<port>> shared_ports::state::open(loop& on, network& through, const endpoint& at) {
  auto door = through.listen(at, {.backlog = limit::accept_backlog});
  if (!door) return std::unexpected(door.error());
  auto made = std::make_shared<port>(on, at, std::type_index(typeid(through)), std::move(*door));
  ports.emplace(at, made);
  return made;
}

// Nobody who could be taken for `who` has asked for a port before it, and waits still.
bool shared_ports::state::has_turn(const applicant& who) const {
  for (const auto& each : queue) {
    if (each.get() == &who) return true;
    if (alike(each->who, who.who)) return false;
  }
  return true;
}

namespace {

// Whether somebody may wait at a port beside those who do: the first is the best.
enum class room { nobody_alike, told_apart, they_give_way, none };

struct view {
  room what = room::nobody_alike;
  time_point aged = time_point::min();  // when all who are alike have had their turn
};

view look_at(const port& at, const expected_peer& who, time_point now) {
  view out;
  for (const auto& each : at.here) {
    if (!alike(each->who, who)) continue;
    const bool old = now - each->since >= limit::shared_port_turn;
    // Tools that keep the TLS sessions of a host in one place resume, on one connection, that of another. While both
    // waited, each would be given what is the other's; so sessions tell apart only who has had its turn.
    const bool named = named_apart(each->who, who) && old;
    // Its connection may have come already where nobody has looked.
    const bool idle = old && !each->wanted && at.served;
    const auto mine = named ? room::told_apart : idle ? room::they_give_way : room::none;
    out.what = std::max(out.what, mine);
    out.aged = std::max(out.aged, each->since + limit::shared_port_turn);
  }
  return out;
}

}  // namespace

shared_ports::state::found shared_ports::state::choose(loop& on, network& through, const place& where,
                                                       const applicant& who) {
  found out;
  if (!has_turn(who)) return out;
  const std::uint32_t count = where.last - where.first + 1u;
  const std::uint32_t start = random_below(count);
  std::vector<std::shared_ptr<port>> ours;
  auto best = room::none;
  for (std::uint32_t i = 0; i < count; ++i) {
    const endpoint at(where.local, static_cast<std::uint16_t>(where.first + (start + i) % count));
    const auto known = ports.find(at);
    if (known == ports.end()) {
      auto fresh = open(on, through, at);
      if (fresh) return {.at = *fresh};
      if (fresh.error().id != "listen.in_use") return {.why_not = fresh.error()};
      continue;
    }
    ours.push_back(known->second);
    if (known->second->network_kind != typeid(through)) {
      // Nobody there tells who waits for it that it is free.
      out.look = std::min(out.look, on.now() + limit::shared_port_look);
      continue;
    }
    const auto seen = look_at(*known->second, who.who, on.now());
    if (seen.aged > on.now()) out.look = std::min(out.look, seen.aged);
    if (seen.what >= best) continue;
    best = seen.what;
    out.at = known->second;
  }
  if (ours.empty()) out.why_not = error{"listen.in_use", "every passive port is in use by other programs", {}};
  if (best == room::they_give_way) withdraw(*out.at, who);
  // Who comes there is waited for.
  if (out.at) return out;
  for (const auto& each : ours) {
    if (!each->served) out.look = std::min(out.look, on.now() + limit::shared_port_look);
    serve(each);
  }
  return out;
}

// Who waits there for whom `in_favour_of` could be taken for, and is not told apart, gives way.
void shared_ports::state::withdraw(port& from, const applicant& in_favour_of) {
  std::erase_if(from.here, [&](const std::shared_ptr<waiting>& each) {
    if (!alike(each->who, in_favour_of.who) || named_apart(each->who, in_favour_of.who)) return false;
    asio::post(each->on.context(), [each] {
      each->withdrawn = true;
      each->wake();
    });
    return true;
  });
}

void shared_ports::state::next_in_turn(const expected_peer& gone) {
  const auto next = std::ranges::find_if(queue, [&](const auto& each) { return alike(each->who, gone); });
  if (next == queue.end()) return;
  asio::post((*next)->on.context(), [who = *next] {
    if (who->waker) who->waker->set();
  });
}

task<result<std::unique_ptr<shared_listener>>> shared_ports::listen(loop& on, network& through, place where,
                                                                    expected who) {
  // In the queue while it waits.
  struct turn {
    turn(state& of, loop& its, expected whom) : all(of), me(std::make_shared<applicant>(its, std::move(whom))) {}
    ~turn() {
      const std::lock_guard hold(all.guard);
      std::erase(all.queue, me);
      if (waits) all.next_in_turn(me->who);
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    state& all;
    const std::shared_ptr<applicant> me;
    bool waits = false;
  };
  const auto all = state_;
  turn mine(*all, on, std::move(who));
  const auto until = on.now() + limit::shared_port_wait;
  for (;;) {
    state::found at;
    {
      const std::lock_guard hold(all->guard);
      at = all->choose(on, through, where, *mine.me);
      if (at.at) {
        auto one = std::make_shared<waiting>(on, on.now(), mine.me->who);
        at.at->here.push_back(one);
        if (at.at->here.size() > 1 || &at.at->home != &on) all->serve(at.at);
        co_return std::make_unique<ear>(all, at.at, std::move(one));
      }
      if (at.why_not) co_return std::unexpected(std::move(*at.why_not));
      if (!std::exchange(mine.waits, true)) all->queue.push_back(mine.me);
    }
    if (on.now() >= until) {
      co_return fail("listen.shared",
                     fmt::format("other transfers of {} have not used the data connections that they asked for, and "
                                 "nothing would tell theirs from another",
                                 mine.me->who.peer.to_string()),
                     "try again; the administrator can widen the range (passive.ports)");
    }
    event freed(on);
    mine.me->waker = &freed;
    co_await freed.wait_until(std::min(until, at.look));
    mine.me->waker = nullptr;
  }
}

// --- who comes
// --------------------------------------------------------------------------------------------------------

void shared_ports::state::serve(const std::shared_ptr<port>& at) {
  if (std::exchange(at->served, true)) return;
  asio::post(at->home.context(), [all = shared_from_this(), at] { at->home.spawn(all->serving(at)); });
}

bool shared_ports::state::close_if_empty(port& at) {
  if (!at.here.empty()) return false;
  const auto known = ports.find(at.at);
  if (known != ports.end() && known->second.get() == &at) ports.erase(known);
  at.door.reset();
  return true;
}

task<> shared_ports::state::serving(std::shared_ptr<port> at) {
  const auto self = shared_from_this();
  for (;;) {
    {
      const std::lock_guard hold(guard);
      if (close_if_empty(*at)) co_return;
    }
    switch (accept(at)) {
      case pass::all: co_await at->door->ready(time_point::max()); break;
      case pass::some: co_await at->home.yield(); break;
      case pass::failed: co_await at->home.sleep(limit::accept_pause); break;
    }
  }
}

// Of those who have come.
shared_ports::state::pass shared_ports::state::accept(const std::shared_ptr<port>& at) {
  for (int turn = 0; turn < limit::data_backlog; ++turn) {
    if (!at->door) return pass::all;
    auto next = at->door->try_accept();
    if (!next) return pass::failed;
    if (!*next) return pass::all;
    route(at, std::move(*next));
  }
  return pass::some;
}

void shared_ports::state::route(const std::shared_ptr<port>& at, std::unique_ptr<stream> one) {
  const auto from = one->peer().address();
  std::shared_ptr<waiting> to;
  bool speaks = false;
  {
    const std::lock_guard hold(guard);
    const auto may = [&](const auto& each) { return is(each->who, from); };
    const auto first = std::ranges::find_if(at->here, may);
    if (first == at->here.end()) {
      for (const auto& each : at->here) ++each->strangers;
    } else if (std::ranges::count_if(at->here, may) > 1 &&
               std::ranges::all_of(at->here, [&](const auto& each) { return !may(each) || has_name(each->who); })) {
      speaks = at->heard < limit::shared_port_heard;
    } else {
      to = *first;
      at->here.erase(first);
      next_in_turn(to->who);
    }
  }
  if (speaks) {
    ++at->heard;
    return at->home.spawn(hear(at, std::move(one)));
  }
  if (!to) return one->reset();
  deliver(*at, to, std::move(one));
}

// Under TLS the client speaks first.
task<> shared_ports::state::hear(std::shared_ptr<port> at, std::unique_ptr<stream> one) {
  const auto self = shared_from_this();
  const auto until = at->home.now() + limit::shared_port_name;
  client_hello hello;
  std::string said;
  char piece[4096];
  auto how = client_hello::status::more;
  while (how == client_hello::status::more && said.size() < limit::client_hello) {
    const auto io = one->try_read(piece);
    if (io.what == io_result::state::moved) {
      said.append(piece, io.count);
      how = hello.push({piece, io.count});
      continue;
    }
    if (io.what != io_result::state::would_block) break;
    const auto came = co_await one->ready(interest::read, until);
    if (came != wait_status::ready) break;
  }
  std::shared_ptr<waiting> to;
  if (how != client_hello::status::more) to = called_by(*at, one->peer().address(), hello);
  --at->heard;
  if (!to) co_return one->reset();
  deliver(*at, to, std::make_unique<unread_stream>(std::move(one), std::move(said)));
}

// Who resumes nobody's session can be meant for one only if that is the only one left.
std::shared_ptr<waiting> shared_ports::state::called_by(port& at, const address& from, const client_hello& hello) {
  const std::lock_guard hold(guard);
  std::vector<std::shared_ptr<waiting>> may, named;
  for (const auto& each : at.here) {
    if (!is(each->who, from)) continue;
    may.push_back(each);
    if (each->who.session && hello.resumes(*each->who.session)) named.push_back(each);
  }
  auto left = named.empty() ? may : named;
  // It is another's: who is not to have it waits on.
  if (named.empty() && hello.brings_ticket()) {
    std::erase_if(left, [](const auto& each) { return each->who.binding && has_name(each->who); });
  }
  auto out = left.size() == 1 ? left.front() : nullptr;
  if (out) {
    std::erase(at.here, out);
    next_in_turn(out->who);
    return out;
  }
  for (const auto& each : may) {
    ++each->nameless;
    asio::post(each->on.context(), [each] {
      each->gives_up = std::min(each->gives_up, each->on.now() + limit::shared_port_turn);
      each->wake();
    });
  }
  return nullptr;
}

void shared_ports::state::deliver(const port& from, const std::shared_ptr<waiting>& to, std::unique_ptr<stream> one) {
  if (&to->on == &from.home) {
    to->came = std::move(one);
    return to->wake();
  }
  auto moved = one->moved_to(to->on);
  asio::post(to->on.context(), [to, came = std::move(moved)]() mutable {
    if (to->left) return;
    to->came = std::move(came);
    to->wake();
  });
}

shared_ports::shared_ports() : state_(std::make_shared<state>()) {}
shared_ports::~shared_ports() = default;

}  // namespace ferry::net
