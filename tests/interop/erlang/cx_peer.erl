%% A Diameter peer of Cx on Erlang's diameter application, with a dictionary of its own (cx.dia): it asks, and answers
%% RTR and PPR as it is told. What it receives has to be decoded without an error, by a codec that is not the HSS's.
-module(cx_peer).

-include_lib("diameter/include/diameter.hrl").

-export([dictionary/1, connect/1, disconnect/1, ask/3, faults/2, contents/1, plain/1, answer_with/1]).

%% Callbacks of the diameter application.
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4,
         handle_error/4, handle_request/3]).

-define(DICT, quintet_test_cx).
-define(CX, 16777216).
-define(TGPP, 10415).
-define(ETSI, 13019).
-define(M_BIT, 64).
-define(NO_STATE_MAINTAINED, 1).

%% Compile and load the dictionary in File.
dictionary(File) ->
    {ok, [Forms]} = diameter_make:codec(File, [forms, return]),
    {ok, ?DICT, Beam} = compile:forms(Forms, [return_errors]),
    {module, ?DICT} = code:load_binary(?DICT, File, Beam),
    ok.

%% Connect to the HSS on a port, under an identity. Returns the peer, for ask and disconnect.
connect(#{port := Port, host := Host, realm := Realm} = Peer) ->
    ok = diameter:start(),
    ok = diameter:start_service(Host, capabilities(Host, Realm)),
    true = diameter:subscribe(Host),
    {ok, _} = diameter:add_transport(
                Host, {connect, [{transport_module, diameter_tcp},
                                 {transport_config, [{raddr, {127, 0, 0, 1}}, {rport, Port}, {ip, {127, 0, 0, 1}}]},
                                 {connect_timer, 1000}]}),
    receive
        #diameter_event{service = Host, info = Info} when element(1, Info) =:= up -> Peer
    after 20000 -> error(the_hss_does_not_accept_the_capabilities)
    end.

capabilities(Host, Realm) ->
    Application = fun(Vendor) -> [{'Vendor-Id', Vendor}, {'Auth-Application-Id', [?CX]}] end,
    [{'Origin-Host', Host}, {'Origin-Realm', Realm}, {'Vendor-Id', ?TGPP}, {'Product-Name', "Erlang"},
     {'Supported-Vendor-Id', [?TGPP, ?ETSI]},
     {'Vendor-Specific-Application-Id', [Application(?TGPP), Application(?ETSI)]},
     {decode_format, map}, {string_decode, false},
     {strict_arities, decode}, % a request may lack an AVP on purpose; then strings have to be binaries
     {application, [{alias, cx}, {dictionary, ?DICT}, {module, ?MODULE},
                    {answer_errors, callback}, {request_errors, callback}]}].

%% Say goodbye: DPR, and wait for the DPA.
disconnect(#{host := Host}) ->
    ok = diameter:stop_service(Host),
    ok = diameter:stop().

%% Send a request: Avps besides the common ones, or in their place; absent ones are left out. Returns the request as sent
%% and the packet of the answer.
ask(#{host := Host, realm := Realm}, Name, Avps) ->
    Common = (common(Host, Realm))#{'Session-Id' => iolist_to_binary(diameter:session_id(Host)),
                                    'Destination-Realm' => iolist_to_binary(Realm)},
    Request = maps:filter(fun(_, Value) -> Value =/= absent end, maps:merge(Common, Avps)),
    {Request, diameter:call(Host, cx, [Name | Request], [{timeout, 10000}])}.

common(Host, Realm) ->
    #{'Vendor-Specific-Application-Id' => #{'Vendor-Id' => ?TGPP, 'Auth-Application-Id' => [?CX]},
      'Auth-Session-State' => ?NO_STATE_MAINTAINED,
      'Origin-Host' => iolist_to_binary(Host), 'Origin-Realm' => iolist_to_binary(Realm)}.

%% What is wrong with a message, whatever it says: a list of words, empty if nothing is.
faults(Name, #diameter_packet{header = Header, avps = Avps, msg = [Name | Msg], errors = []}) ->
    [{not_proxiable, Header} || not Header#diameter_header.is_proxiable]
        ++ [{error_bit, Header} || Header#diameter_header.is_error]
        ++ [{retransmitted, Header} || Header#diameter_header.is_retransmitted]
        ++ application_faults(Msg)
        ++ [F || Avp <- named(Avps, Msg), F <- flag_faults(Avp, Header#diameter_header.is_request)];
faults(_, #diameter_packet{msg = Msg, errors = Errors}) ->
    [{not_decoded, Errors, Msg}].

application_faults(#{'Vendor-Specific-Application-Id' := #{'Vendor-Id' := ?TGPP, 'Auth-Application-Id' := [?CX]},
                     'Auth-Session-State' := ?NO_STATE_MAINTAINED}) ->
    [];
application_faults(Msg) ->
    [{application, Msg}].

%% The AVPs that the message's format names, with all that is in them. One that it does not name (*[AVP]) may be there as
%% long as M is clear, which the codec sees to. What is in Failed-AVP is as it was sent to the HSS.
named(Avps, Msg) ->
    lists:flatten([case name(Avp) of 'Failed-AVP' -> hd(Avp); _ -> Avp end
                   || Avp <- Avps, maps:is_key(name(Avp), Msg)]).

name([Group | _]) -> name(Group);
name(#diameter_avp{name = Name}) -> Name.

%% TS 29.229 table 6.3.1: the M bit. It may be set for Supported-Features of a request only.
flag_faults(#diameter_avp{name = undefined} = Avp, _) ->
    [{unknown_avp, Avp#diameter_avp.code, Avp#diameter_avp.vendor_id}];
flag_faults(#diameter_avp{name = 'Supported-Features'}, true) ->
    [];
flag_faults(#diameter_avp{name = Name, is_mandatory = M, need_encryption = P}, _) ->
    {_, Flags, _} = ?DICT:avp_header(Name),
    [{m_bit, Name, M} || M =/= (Flags band ?M_BIT =/= 0)] ++ [{p_bit, Name} || P].

%% The AVPs of an answer by name, those among them that its format does not name but permits (*[AVP]). An AVP that may be
%% there once is its value; the codec has a list of one.
contents(#diameter_packet{msg = [_ | Msg]}) ->
    {More, Named} = maps:take('AVP', maps:merge(#{'AVP' => []}, Msg)),
    lists:foldl(fun(#diameter_avp{name = Name, value = Value}, All) -> All#{Name => Value} end, plain(Named), More).

plain(#{} = Group) ->
    maps:map(fun('SIP-Auth-Data-Item', Items) -> [plain(Item) || Item <- Items];
                (_, [One]) -> plain(One);
                (_, Value) -> Value
             end, Group);
plain(Value) ->
    Value.

%% How RTR and PPR are answered from now on: {result, Code}, {experimental, Code}, emergency or silent.
answer_with(Mode) ->
    persistent_term:put(?MODULE, Mode).

handle_request(#diameter_packet{msg = [Name | Msg]} = Packet, Service, {_, Caps}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Caps,
    Faults = faults(Name, Packet)
        ++ [{destination, To} || #{'Destination-Host' := To} <- [Msg], To =/= iolist_to_binary(Service)],
    io:format(user, "~s~s faults=~w~n", [Name, describe(Msg), Faults]),
    Answer = (common(Host, Realm))#{'Session-Id' => maps:get('Session-Id', Msg)},
    case persistent_term:get(?MODULE, {result, 2001}) of
        silent -> discard;
        Mode -> {reply, [answer_name(Name) | maps:merge(Answer, result(Mode, Msg))]}
    end.

answer_name('RTR') -> 'RTA';
answer_name('PPR') -> 'PPA'.

result({result, Code}, _) ->
    #{'Result-Code' => Code};
result({experimental, Code}, _) ->
    #{'Experimental-Result' => #{'Vendor-Id' => ?TGPP, 'Experimental-Result-Code' => Code}};
%% Every identity is registered for an emergency: TS 29.228 6.1.3.
result(emergency, #{'User-Name' := Impi, 'Public-Identity' := Impus}) ->
    #{'Result-Code' => 5012,
      'Identity-with-Emergency-Registration' =>
          [#{'User-Name' => Impi, 'Public-Identity' => Impu} || Impu <- Impus]}.

%% One line, for a script.
describe(Msg) ->
    [[" impi=", maps:get('User-Name', Msg, "-")],
     [[" impu=", Impu] || Impu <- maps:get('Public-Identity', Msg, [])],
     [io_lib:format(" reason=~B", [Code]) || #{'Deregistration-Reason' := #{'Reason-Code' := Code}} <- [Msg]],
     [[" info=", Info] || #{'Deregistration-Reason' := #{'Reason-Info' := [Info]}} <- [Msg]],
     [[" profile=", Xml] || #{'User-Data' := [Xml]} <- [Msg]],
     [[" ", atom_to_list(Avp)] || Avp <- ['Charging-Information', 'Associated-Identities'], maps:is_key(Avp, Msg)]].

peer_up(_, _, State) -> State.

peer_down(_, _, State) -> State.

pick_peer([Peer | _], _, _, _) -> {ok, Peer}.

prepare_request(Packet, _, _) -> {send, Packet}.

prepare_retransmit(Packet, _, _) -> {send, Packet}.

handle_answer(Packet, _, _, _) -> Packet.

handle_error(Reason, _, _, _) -> {error, Reason}.
