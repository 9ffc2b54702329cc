// The handlers: commands/<verb>.cpp has one, or a family of one mind. Each returns its final reply.
#pragma once

#include "server/command_table.hpp"

namespace ferry::server::commands {

using reply_task = net::task<proto::reply>;

reply_task abor(session&, argument);
reply_task acct(session&, argument);
reply_task allo(session&, argument);
reply_task appe(session&, argument);
reply_task auth(session&, argument);
reply_task avbl(session&, argument);
reply_task ccc(session&, argument);
reply_task cdup(session&, argument);
reply_task clnt(session&, argument);
reply_task comb(session&, argument);
reply_task cpsv(session&, argument);
reply_task csid(session&, argument);
reply_task cwd(session&, argument);
reply_task dele(session&, argument);
reply_task dsiz(session&, argument);
reply_task eprt(session&, argument);
reply_task epsv(session&, argument);
reply_task esta(session&, argument);
reply_task estp(session&, argument);
reply_task feat(session&, argument);
reply_task hash(session&, argument);
reply_task help(session&, argument);
reply_task host(session&, argument);
reply_task lang(session&, argument);
reply_task list(session&, argument);
reply_task lprt(session&, argument);
reply_task lpsv(session&, argument);
reply_task mdtm(session&, argument);
reply_task mfct(session&, argument);
reply_task mff(session&, argument);
reply_task mfmt(session&, argument);
reply_task mkd(session&, argument);
reply_task mlsd(session&, argument);
reply_task mlst(session&, argument);
reply_task mode(session&, argument);
reply_task nlst(session&, argument);
reply_task noop(session&, argument);
reply_task opts(session&, argument);
reply_task pass(session&, argument);
reply_task pasv(session&, argument);
reply_task pbsz(session&, argument);
reply_task port(session&, argument);
reply_task pret(session&, argument);
reply_task prot(session&, argument);
reply_task pwd(session&, argument);
reply_task quit(session&, argument);
reply_task rang(session&, argument);
reply_task rein(session&, argument);
reply_task rest(session&, argument);
reply_task retr(session&, argument);
reply_task rmd(session&, argument);
reply_task rmda(session&, argument);
reply_task rnfr(session&, argument);
reply_task rnto(session&, argument);
reply_task site(session&, argument);
reply_task site_chmod(session&, argument);
reply_task site_cpfr(session&, argument);
reply_task site_cpto(session&, argument);
reply_task site_help(session&, argument);
reply_task site_idle(session&, argument);
reply_task site_symlink(session&, argument);
reply_task site_utime(session&, argument);
reply_task site_who(session&, argument);
reply_task size(session&, argument);
reply_task smnt(session&, argument);
reply_task sscn(session&, argument);
reply_task stat(session&, argument);
reply_task stor(session&, argument);
reply_task stou(session&, argument);
reply_task stru(session&, argument);
reply_task syst(session&, argument);
reply_task type(session&, argument);
reply_task user(session&, argument);
reply_task xcrc(session&, argument);
reply_task xmd5(session&, argument);
reply_task xsha1(session&, argument);
reply_task xsha256(session&, argument);
reply_task xsha512(session&, argument);

// OPTS MODE, of which `options` is the rest.
proto::reply opts_mode(session&, std::string_view options);
// Why this session may not begin the TLS handshake of data connections (CPSV, SSCN); nothing when it may.
std::optional<proto::reply> refuse_to_begin_tls(const session&);

// A command that ferry knows and does not do: 502.
reply_task not_implemented(session&, argument);

}  // namespace ferry::server::commands
