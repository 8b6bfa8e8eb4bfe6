#!/usr/bin/env escript
%% An S-CSCF of Erlang's diameter application, at the HSS on PORT of loopback. The subscribers are those of
%% tests/integration/lib.sh, bob may visit partner.example only, and carol of ../erlang_peer.sh.
%%
%% usage: peer.escript PORT REALM
%%
%% It answers RTR and PPR, and says each in one line. Commands on standard input, each with its answer; the end of it ends all:
%%
%%   check            UAR, MAR, SAR, LIR, and every answer looked at: it may have no AVP that its check does not name. One
%%                    line "ok ..." or "FAILED: ..." for each, then "checked"
%%   register         alice; "registered"
%%   result N, experimental N, emergency, silent
%%                    how to answer from now on; "understood"
-mode(compile).
-include_lib("diameter/include/diameter.hrl").

-define(IMPI, <<"alice.private@home.example">>).
-define(IMPU, <<"sip:alice@home.example">>).
-define(TEL, <<"tel:+15550100">>).
-define(BOB_IMPI, <<"bob.private@home.example">>).
-define(BOB_IMPU, <<"sip:bob@home.example">>).
-define(CAROL, <<"carol@home.example">>).
-define(CAROL_SIP, <<"carol.sip@home.example">>).
-define(CAROL_IMPU, <<"sip:carol@home.example">>).
-define(SCSCF, <<"sip:scscf.home.example:6060">>).
-define(OTHER_SCSCF, <<"sip:other-scscf.home.example:6060">>).
-define(AKA, <<"Digest-AKAv1-MD5">>).
-define(COMMON, ['Session-Id', 'Vendor-Specific-Application-Id', 'Auth-Session-State', 'Origin-Host', 'Origin-Realm',
                 'Result-Code', 'Experimental-Result']).

main([Port, Realm]) ->
    Here = filename:dirname(escript:script_name()),
    {ok, Module, Code} = compile:file(filename:join(Here, "cx_peer"), [binary, return_errors]),
    {module, Module} = code:load_binary(Module, "cx_peer", Code),
    ok = cx_peer:dictionary(filename:join(Here, "cx.dia")),
    Peer = cx_peer:connect(#{port => list_to_integer(Port), host => "scscf." ++ Realm, realm => Realm}),
    io:format("ok   capabilities are exchanged, with Cx of two vendors~n"),
    serve(Peer, io:get_line("")),
    cx_peer:disconnect(Peer).

serve(_, eof) ->
    ok;
serve(Peer, Line) ->
    io:format("~s~n", [obey(Peer, string:lexemes(Line, " \n"))]),
    serve(Peer, io:get_line("")).

obey(Peer, ["check"]) ->
    [check(Peer, What, Name, Avps, Expected)
     || {What, Name, Avps, Expected} <- life() ++ refusals() ++ incomplete() ++ plenty()],
    "checked";
obey(Peer, ["register"]) ->
    true = check(Peer, "one vector", 'MAR', mar(1, #{}), {r(2001), vectors(1)}),
    true = check(Peer, "registration", 'SAR', sar(1, #{}), {r(2001), profile()}),
    "registered";
obey(_, Words) ->
    cx_peer:answer_with(case Words of
                            ["result", Code] -> r(list_to_integer(Code));
                            ["experimental", Code] -> e(list_to_integer(Code));
                            ["emergency"] -> emergency;
                            ["silent"] -> silent
                        end),
    "understood".

%% {what, command, AVPs besides the common ones, {result, its other AVPs}}. The value of an AVP is a term, or a predicate.

life() ->
    [{"first registration: capabilities, no name", 'UAR', uar(#{}), {e(2001), #{'Server-Capabilities' => fun offered/1}}},
     {"not registered: no location", 'LIR', lir(?IMPU), {e(5003), refused(#{'Public-Identity' => ?IMPU})}},
     {"not registered: nothing to deregister", 'UAR', uar(#{'User-Authorization-Type' => 1}), {e(5003), uar_refused()}},
     {"not registered: no deregistration", 'SAR', sar(5, #{}), {e(5007), sar_refused()}},
     {"three vectors", 'MAR', mar(3, #{}), {r(2001), vectors(3)}},
     {"authentication pending: the same S-CSCF", 'UAR', uar(#{}), {e(2002), #{'Server-Name' => ?SCSCF}}},
     {"registration: the profile", 'SAR', sar(1, #{}), {r(2001), profile()}},
     {"registered: location", 'LIR', lir(?IMPU), {r(2001), #{'Server-Name' => ?SCSCF}}},
     {"implicitly registered: location", 'LIR', lir(?TEL), {r(2001), #{'Server-Name' => ?SCSCF}}},
     {"registered: the same S-CSCF", 'UAR', uar(#{'User-Authorization-Type' => 0}), {e(2002), #{'Server-Name' => ?SCSCF}}},
     {"registered: may deregister", 'UAR', uar(#{'User-Authorization-Type' => 1}), {r(2001), #{'Server-Name' => ?SCSCF}}},
     {"S-CSCF not reached: capabilities, no name", 'UAR', uar(#{'User-Authorization-Type' => 2}),
      {r(2001), #{'Server-Capabilities' => fun offered/1}}},
     {"registered: one vector more", 'MAR', mar(1, #{}), {r(2001), vectors(1)}},
     {"re-registration, profile known: no profile", 'SAR', sar(2, #{'User-Data-Already-Available' => 1}),
      {r(2001), #{'User-Name' => ?IMPI}}},
     {"no assignment: the profile", 'SAR', sar(0, #{'User-Name' => absent}), {r(2001), profile()}},
     {"another S-CSCF: refused, with the name of the first", 'SAR', sar(1, #{'Server-Name' => ?OTHER_SCSCF}),
      {e(5005), (sar_refused())#{'Server-Name' => ?SCSCF}}},
     {"failed authentication: stays registered", 'SAR', sar(9, #{}), {r(2001), #{'User-Name' => ?IMPI}}},
     {"after it: location", 'LIR', lir(?IMPU), {r(2001), #{'Server-Name' => ?SCSCF}}},
     {"deregistration", 'SAR', sar(5, #{}), {r(2001), #{'User-Name' => ?IMPI}}},
     {"deregistered: no location", 'LIR', lir(?IMPU), {e(5003), refused(#{'Public-Identity' => ?IMPU})}},
     {"call to who is not registered: the profile", 'SAR', sar(3, #{'User-Name' => absent}), {r(2001), profile()}},
     {"unregistered: location", 'LIR', (lir(?IMPU))#{'Originating-Request' => 0}, {r(2001), #{'Server-Name' => ?SCSCF}}},
     {"end of it", 'SAR', sar(4, #{'Public-Identity' => absent}), {r(2001), #{'User-Name' => ?IMPI}}}].

refusals() ->
    Nobody = <<"nobody@home.example">>,
    NobodyUri = <<"sip:nobody@home.example">>,
    Bob = fun(Network, More) ->
                  uar(More#{'User-Name' => ?BOB_IMPI, 'Public-Identity' => ?BOB_IMPU,
                            'Visited-Network-Identifier' => Network})
          end,
    Unknown = #diameter_avp{code = 9999, vendor_id = 10415, is_mandatory = true, data = <<"what is this">>},
    Type99 = #diameter_avp{code = 614, vendor_id = 10415, is_mandatory = true, data = <<99:32>>},
    Item = #{'SIP-Authentication-Scheme' => ?AKA},
    [{"unknown IMPI", 'UAR', uar(#{'User-Name' => Nobody}), {e(5001), (uar_refused())#{'User-Name' => Nobody}}},
     {"unknown IMPU", 'UAR', uar(#{'Public-Identity' => NobodyUri}),
      {e(5001), (uar_refused())#{'Public-Identity' => NobodyUri}}},
     {"unknown IMPI", 'MAR', mar(1, #{'User-Name' => Nobody}), {e(5001), (sar_refused())#{'User-Name' => Nobody}}},
     {"unknown IMPI", 'SAR', sar(1, #{'User-Name' => Nobody}), {e(5001), (sar_refused())#{'User-Name' => Nobody}}},
     {"unknown IMPU", 'LIR', lir(NobodyUri), {e(5001), refused(#{'Public-Identity' => NobodyUri})}},
     {"IMPU of somebody else", 'UAR', uar(#{'Public-Identity' => ?BOB_IMPU}),
      {e(5002), (uar_refused())#{'Public-Identity' => ?BOB_IMPU}}},
     {"IMPU of somebody else", 'MAR', mar(1, #{'Public-Identity' => ?BOB_IMPU}),
      {e(5002), (sar_refused())#{'Public-Identity' => ?BOB_IMPU}}},
     {"IMPU of somebody else", 'SAR', sar(1, #{'Public-Identity' => [?BOB_IMPU]}),
      {e(5002), (sar_refused())#{'Public-Identity' => ?BOB_IMPU}}},
     {"roaming not allowed", 'UAR', Bob(<<"elsewhere.example">>, #{}),
      {e(5004), refused(#{'User-Name' => ?BOB_IMPI, 'Public-Identity' => ?BOB_IMPU})}},
     {"emergency registration anywhere", 'UAR', Bob(<<"elsewhere.example">>, #{'UAR-Flags' => 1}),
      {e(2001), #{'Server-Capabilities' => fun offered/1}}},
     {"roaming allowed", 'UAR', Bob(<<"partner.example">>, #{}), {e(2001), #{'Server-Capabilities' => fun offered/1}}},
     {"scheme not supported", 'MAR', mar(1, #{'SIP-Auth-Data-Item' => #{'SIP-Authentication-Scheme' => <<"NASS-Bundled">>}}),
      {e(5006), sar_refused()}},
     {"AUTS of 29 octets", 'MAR', mar(1, #{'SIP-Auth-Data-Item' => Item#{'SIP-Authorization' => <<0:232>>}}),
      {r(5014), (sar_refused())#{'Failed-AVP' => failed('SIP-Authorization', 610)}}},
     {"AUTS of nobody's", 'MAR', mar(1, #{'SIP-Auth-Data-Item' => Item#{'SIP-Authorization' => <<0:240>>}}),
      {r(5012), sar_refused()}},
     {"no vectors asked", 'MAR', mar(0, #{}),
      {r(5004), (sar_refused())#{'Failed-AVP' => failed('SIP-Number-Auth-Items', 607)}}},
     {"assignment type 99", 'SAR', sar(absent, #{'AVP' => [Type99]}),
      {r(5004), (sar_refused())#{'Failed-AVP' => failed('Server-Assignment-Type', 614)}}},
     {"registration of two IMPUs", 'SAR', sar(1, #{'Public-Identity' => [?IMPU, ?TEL]}),
      {r(5009), (sar_refused())#{'Failed-AVP' => failed('Public-Identity', 601)}}},
     {"unknown AVP with M", 'LIR', (lir(?IMPU))#{'AVP' => [Unknown]},
      {r(5001), refused(#{'Public-Identity' => ?IMPU, 'Failed-AVP' => failed(undefined, 9999)})}}].

%% Each AVP that a command requires, left out.
incomplete() ->
    Everywhere = [{'Vendor-Specific-Application-Id', 260}, {'Auth-Session-State', 277}, {'Origin-Realm', 296}],
    Of = [{'UAR', uar(#{}), [{'User-Name', 1}, {'Public-Identity', 601}, {'Visited-Network-Identifier', 600}]},
          {'MAR', mar(1, #{}), [{'User-Name', 1}, {'Public-Identity', 601}, {'SIP-Auth-Data-Item', 612},
                                {'SIP-Number-Auth-Items', 607}, {'Server-Name', 602}]},
          {'SAR', sar(1, #{}), [{'Server-Name', 602}, {'Server-Assignment-Type', 614},
                                {'User-Data-Already-Available', 624}]},
          {'LIR', lir(?IMPU), [{'Public-Identity', 601}]}],
    [{atom_to_list(Avp) ++ " missing", Name, Avps#{Avp => absent},
      {r(5005), (echo(maps:remove(Avp, Avps)))#{'Error-Message' => fun is_text/1, 'Failed-AVP' => failed(Avp, Code)}}}
     || {Name, Avps, Own} <- Of, {Avp, Code} <- Everywhere ++ Own].

%% A user with nearly all that the HSS may have of one: two IMPIs, charging, capabilities, SIP Digest, indications.
plenty() ->
    Of = fun(Impi, Avps) ->
                 Avps#{'User-Name' => Impi, 'Public-Identity' => ?CAROL_IMPU, 'Supported-Features' => [features(7)]}
         end,
    Digest = #{'SIP-Auth-Data-Item' => #{'SIP-Authentication-Scheme' => <<"SIP Digest">>}},
    Mine = fun(Impi) -> #{'User-Name' => Impi, 'Supported-Features' => features(7)} end,
    Profile = #{'User-Data' => fun is_binary/1, 'Charging-Information' => fun is_charging/1,
                'Associated-Identities' => fun is_associated/1, 'Loose-Route-Indication' => 1,
                'Priviledged-Sender-Indication' => 1},
    Restoration = #{'User-Name' => ?CAROL_SIP, 'Restoration-Info' => [#{'Path' => <<"<sip:pcscf.home.example;lr>">>,
                                                                       'Contact' => <<"<sip:carol@192.0.2.1>">>}]},
    Kept = fun(#{'User-Name' := ?CAROL_SIP, 'Restoration-Info' := Info}) ->
                   Info =:= maps:get('Restoration-Info', cx_peer:plain(Restoration));
              (_) -> false
           end,
    Registered = fun(#{'User-Name' := Other}) -> Other =:= ?CAROL_SIP; (_) -> false end,
    [{"Server-Capabilities", 'UAR', Of(?CAROL, uar(#{})),
      {e(2001), #{'Server-Capabilities' => fun(Group) -> Group =:= #{'Mandatory-Capability' => [1, 2],
                                                                     'Optional-Capability' => 4} end,
                  'Supported-Features' => features(7)}}},
     {"SIP Digest", 'MAR', Of(?CAROL_SIP, mar(1, Digest)),
      {r(2001), (Mine(?CAROL_SIP))#{'Public-Identity' => ?CAROL_IMPU, 'SIP-Number-Auth-Items' => 1,
                                    'SIP-Auth-Data-Item' => fun is_digest/1}}},
     {"AKA for who has SIP Digest", 'MAR', Of(?CAROL_SIP, mar(1, #{})),
      {e(5006), (refused(Mine(?CAROL_SIP)))#{'Public-Identity' => ?CAROL_IMPU}}},
     {"charging, IMPIs, indications", 'SAR', (Of(?CAROL_SIP, sar(1, #{})))#{'SCSCF-Restoration-Info' => Restoration},
      {r(2001), maps:merge(Profile, Mine(?CAROL_SIP))}},
     {"another IMPI of it", 'SAR', Of(?CAROL, sar(1, #{})),
      {r(2001), (maps:merge(Profile, Mine(?CAROL)))#{'Associated-Registered-Identities' => Registered}}},
     {"restoration information comes back", 'SAR', Of(?CAROL_SIP, sar(0, #{})),
      {r(2001), (maps:merge(Profile, Mine(?CAROL_SIP)))#{'SCSCF-Restoration-Info' => Kept}}},
     {"deregistration of one IMPI", 'SAR', Of(?CAROL_SIP, sar(5, #{})), {r(2001), Mine(?CAROL_SIP)}},
     {"deregistration of the other", 'SAR', Of(?CAROL, sar(5, #{})), {r(2001), Mine(?CAROL)}},
     {"wildcarded PSI of an application server", 'LIR', lir(<<"sip:room-5@home.example">>),
      {r(2001), #{'Server-Name' => <<"sip:as.home.example">>, 'LIA-Flags' => 1,
                  'Wildcarded-Public-Identity' => <<"sip:room-!.*!@home.example">>}}},
     {"feature that is required and not supported", 'LIR', (lir(?CAROL_IMPU))#{'AVP' => [required_feature()]},
      {e(5011), refused(#{'Public-Identity' => ?CAROL_IMPU, 'Supported-Features' => features(7)})}}].

features(List) ->
    #{'Vendor-Id' => 10415, 'Feature-List-ID' => 1, 'Feature-List' => List}.

%% Supported-Features with M, and with a feature that nobody knows.
required_feature() ->
    Number = fun(Code, Value) -> <<Code:32, 128, 16:24, 10415:32, Value:32>> end,
    #diameter_avp{code = 628, vendor_id = 10415, is_mandatory = true,
                  data = <<266:32, 64, 12:24, 10415:32, (Number(629, 1))/binary, (Number(630, 1 bsl 31))/binary>>}.

is_digest([#{'SIP-Authentication-Scheme' := <<"SIP Digest">>, 'SIP-Digest-Authenticate' := Digest}]) ->
    Ha1 = binary:encode_hex(crypto:hash(md5, <<?CAROL_SIP/binary, ":home.example:open sesame">>)),
    #{'Digest-Realm' := <<"home.example">>, 'Digest-QoP' := <<"auth">>, 'Digest-HA1' := Got} = Digest,
    string:uppercase(Got) =:= Ha1 andalso maps:get('Digest-Algorithm', Digest, <<"MD5">>) =:= <<"MD5">>;
is_digest(_) ->
    false.

is_charging(#{'Primary-Charging-Collection-Function-Name' :=
                  #diameter_uri{type = aaa, fqdn = <<"ccf1.home.example">>, port = 3868, transport = tcp},
              'Secondary-Charging-Collection-Function-Name' := #diameter_uri{fqdn = <<"ccf2.home.example">>, port = 3870},
              'Primary-Event-Charging-Function-Name' := #diameter_uri{type = aaas, port = 5658}} = Group) ->
    map_size(Group) =:= 3;
is_charging(_) ->
    false.

is_associated(#{'User-Name' := [_, _] = Impis}) -> lists:sort(Impis) =:= [?CAROL_SIP, ?CAROL];
is_associated(_) -> false.

uar(More) ->
    maps:merge(#{'User-Name' => ?IMPI, 'Public-Identity' => ?IMPU, 'Visited-Network-Identifier' => <<"home.example">>}, More).

sar(Type, More) ->
    maps:merge(#{'User-Name' => ?IMPI, 'Public-Identity' => [?IMPU], 'Server-Name' => ?SCSCF,
                 'Server-Assignment-Type' => Type, 'User-Data-Already-Available' => 0}, More).

lir(Impu) ->
    #{'Public-Identity' => Impu}.

mar(Vectors, More) ->
    maps:merge(#{'User-Name' => ?IMPI, 'Public-Identity' => ?IMPU, 'Server-Name' => ?SCSCF,
                 'SIP-Number-Auth-Items' => Vectors,
                 'SIP-Auth-Data-Item' => #{'SIP-Authentication-Scheme' => ?AKA}}, More).

r(Code) -> {result, Code}.

e(Code) -> {experimental, Code}.

%% A refusal explains itself and echoes the identities.
refused(Avps) -> Avps#{'Error-Message' => fun is_text/1}.

uar_refused() -> refused(#{'User-Name' => ?IMPI, 'Public-Identity' => ?IMPU}).

sar_refused() -> uar_refused().

echo(Avps) ->
    maps:map(fun(_, [One]) -> One; (_, One) -> One end, maps:with(['User-Name', 'Public-Identity'], Avps)).

is_text(Text) -> is_binary(Text) andalso byte_size(Text) > 0.

offered(#{'Server-Name' := ?SCSCF} = Group) -> map_size(Group) =:= 1;
offered(_) -> false.

profile() ->
    #{'User-Name' => ?IMPI, 'User-Data' => fun is_profile/1}.

is_profile(Xml) ->
    lists:all(fun(Part) -> binary:match(Xml, Part) =/= nomatch end,
              [<<"<PrivateID>", ?IMPI/binary, "</PrivateID>">>, <<"<Identity>", ?IMPU/binary, "</Identity>">>,
               <<"<Identity>", ?TEL/binary, "</Identity>">>])
        andalso binary:match(Xml, <<"bob">>) =:= nomatch.

vectors(N) ->
    #{'User-Name' => ?IMPI, 'Public-Identity' => ?IMPU, 'SIP-Number-Auth-Items' => N,
      'SIP-Auth-Data-Item' => fun(Items) -> are_vectors(N, Items) end}.

%% TS 29.229 6.3.13: all the parts, of the right lengths, numbered in order, and no RAND twice.
are_vectors(N, Items) ->
    [Number || #{'SIP-Item-Number' := Number, 'SIP-Authentication-Scheme' := ?AKA,
                 'SIP-Authenticate' := <<_:16/binary, _:16/binary>>, 'SIP-Authorization' := <<_:8/binary>>,
                 'Confidentiality-Key' := <<_:16/binary>>, 'Integrity-Key' := <<_:16/binary>>} = Item <- Items,
               map_size(Item) =:= 6] =:= lists:seq(1, N)
        andalso length(lists:usort([Rand || #{'SIP-Authenticate' := <<Rand:16/binary, _/binary>>} <- Items])) =:= N.

%% Failed-AVP holds the one AVP at fault: decoded under its name, or as an AVP that cannot be decoded.
failed(Name, Code) ->
    fun(#{'AVP' := #diameter_avp{code = Failed}} = Group) -> Failed =:= Code andalso map_size(Group) =:= 1;
       (Group) -> maps:keys(Group) =:= [Name]
    end.

check(Peer, What, Name, Avps, Expected) ->
    case cx_peer:ask(Peer, Name, Avps) of
        {Request, #diameter_packet{} = Packet} ->
            report(Name, What, answer_faults(Request, answer_name(Name), Packet, Expected), Packet);
        {_, Error} ->
            report(Name, What, [Error], none)
    end.

report(Name, What, [], _) ->
    io:format("ok   ~s, ~s~n", [Name, What]),
    true;
report(Name, What, Faults, #diameter_packet{msg = Msg}) ->
    io:format("FAILED: ~s, ~s: ~p~n  in ~p~n", [Name, What, Faults, Msg]),
    false;
report(Name, What, Faults, none) ->
    io:format("FAILED: ~s, ~s: ~p~n", [Name, What, Faults]),
    false.

answer_name(Request) ->
    list_to_existing_atom(lists:droplast(atom_to_list(Request)) ++ "A").

answer_faults(Request, Name, Packet, {Result, Expected}) ->
    case cx_peer:faults(Name, Packet) of
        [] ->
            Avps = cx_peer:contents(Packet),
            [{result, Other} || Other <- [result(Avps)], Other =/= Result]
                ++ [{session_id, Id} || #{'Session-Id' := Id} <- [Avps],
                                        maps:get('Session-Id', Request) =/= Id]
                ++ origin_faults(Avps)
                ++ content_faults(maps:without(?COMMON, Avps), Expected);
        Faults ->
            Faults
    end.

%% Exactly one of the two (TS 29.229 6.2).
result(#{'Result-Code' := Code} = Avps) when not is_map_key('Experimental-Result', Avps) ->
    r(Code);
result(#{'Experimental-Result' := #{'Vendor-Id' := 10415, 'Experimental-Result-Code' := Code}} = Avps)
  when not is_map_key('Result-Code', Avps) ->
    e(Code);
result(Avps) ->
    maps:with(['Result-Code', 'Experimental-Result'], Avps).

origin_faults(#{'Origin-Host' := <<"hss.home.example">>, 'Origin-Realm' := <<"home.example">>}) -> [];
origin_faults(Avps) -> [{origin, maps:with(['Origin-Host', 'Origin-Realm'], Avps)}].

content_faults(Avps, Expected) ->
    [{absent, Avp} || Avp <- maps:keys(Expected), not is_map_key(Avp, Avps)]
        ++ [{unexpected, Avp, Value} || {Avp, Value} <- maps:to_list(maps:without(maps:keys(Expected), Avps))]
        ++ [{wrong, Avp, maps:get(Avp, Avps)} || {Avp, Want} <- maps:to_list(Expected), is_map_key(Avp, Avps),
                                                 not is_value(Want, maps:get(Avp, Avps))].

is_value(Predicate, Value) when is_function(Predicate) -> Predicate(Value);
is_value(Want, Value) -> Want =:= Value.
