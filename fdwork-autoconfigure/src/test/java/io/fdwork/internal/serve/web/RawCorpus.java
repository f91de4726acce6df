package io.fdwork.internal.serve.web;

import java.util.ArrayList;
import java.util.List;

/**
 * Inputs of HTTP/1.1 and WebSocket, proper and improper ones, whole, pipelined and cut.
 * Whatever a server answers to them, it should answer as a worker too.
 */
final class RawCorpus {

	private static final String GET = "GET /text?size=3 HTTP/1.1\r\nHost: test\r\n\r\n";

	private static final String LAST = "GET /text?size=2 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

	private static final String HEAD = "HEAD /text?size=3 HTTP/1.1\r\nHost: test\r\n\r\n";

	private static final String POST = "POST /sum HTTP/1.1\r\nHost: test\r\nContent-Type: application/octet-stream\r\n";

	private static final String SIZED = POST + "Content-Length: 4\r\n\r\nbody";

	private static final String CHUNKED = POST
			+ "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n3;x=y\r\nabc\r\n0\r\n\r\n";

	private static final String UPGRADE = "GET /ws HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
			+ "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

	private final List<RawInput> inputs = new ArrayList<>();

	/**
	 * Return a few of all kinds.
	 */
	static List<RawInput> few() {
		RawInput socket = RawInput.of("upgrade", UPGRADE);
		return List.of(RawInput.of("get", GET), RawInput.of("pipelined", GET + SIZED + CHUNKED + HEAD + LAST),
				RawInput.of("chunked", CHUNKED).inPiecesOf(7), RawInput.of("no version", "GET /\r\n\r\n"),
				RawInput.of("no host", "GET /text?size=3 HTTP/1.1\r\n\r\n"),
				RawInput.of("two lengths", POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody!"),
				RawInput.of("length and chunks",
						POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + GET),
				RawInput.of("half a request", "GET /text?size=3 HT").ending(),
				socket.answeredThen("masked text", frame(0x81, "hello")),
				socket.answeredThen("unmasked text", RawInput.bytes("\u0081\u0005hello")),
				socket.answeredThen("reserved opcode", frame(0x83, "x")),
				socket.answeredThen("close", frame(0x88, "\u0003\u00e8bye")));
	}

	/**
	 * Return all.
	 */
	static List<RawInput> all() {
		RawCorpus corpus = new RawCorpus();
		corpus.addProper();
		corpus.addLines();
		corpus.addHeaders();
		corpus.addBodies();
		corpus.addPipelined();
		corpus.addCut();
		corpus.addWebSockets();
		corpus.inputs.addAll(few());
		return corpus.inputs;
	}

	private void add(String name, String... pieces) {
		this.inputs.add(RawInput.of(name, pieces));
	}

	private void addProper() {
		add("get", GET);
		add("get and end of the client", GET);
		this.inputs.add(RawInput.of("get", GET).ending());
		this.inputs.add(RawInput.of("post", SIZED).ending());
		this.inputs.add(RawInput.of("chunks", CHUNKED).ending());
		add("close", LAST);
		add("head", HEAD);
		add("post", SIZED);
		add("post without body", POST + "Content-Length: 0\r\n\r\n");
		add("post without length", POST + "\r\n");
		add("chunks", CHUNKED);
		add("trailers", POST + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Trailer: y\r\n\r\n");
		add("form", "POST /sum HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
				+ "Content-Length: 7\r\n\r\na=b&c=d");
		for (String path : List.of("/json", "/echo", "/later", "/sum", "/none", "/text")) {
			for (String type : List.of("application/x-www-form-urlencoded", "multipart/form-data",
					"multipart/form-data; boundary=x", "application/json", "text/plain;charset=none", "nonsense")) {
				for (String body : List.of("", "a=b")) {
					String head = "POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Type: " + type + "\r\n";
					add(path + " of " + body.length() + " " + type,
							head + "Content-Length: " + body.length() + "\r\n\r\n" + body);
					add(path + " of " + body.length() + " " + type + " without length", head + "\r\n" + body);
					add(path + " of " + body.length() + " " + type + " for curl",
							head + "User-Agent: curl/8\r\nAccept: */*\r\nContent-Length: " + body.length() + "\r\n\r\n"
									+ body);
				}
			}
		}
		add("empty form", "POST /text HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
				+ "Content-Length: 0\r\n\r\n");
		for (String method : List.of("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G=T",
				"GE(T", "X".repeat(300))) {
			add("method " + method, method + " /text?size=3 HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
		}
		add("continue", POST + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n", "body");
		add("continue at once", POST + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
		add("another expectation", POST + "Content-Length: 4\r\nExpect: tea\r\n\r\nbody");
		add("not found", "GET /none HTTP/1.1\r\nHost: test\r\nAccept: application/json\r\n\r\n");
		add("not found, in HTML", "GET /none HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\n\r\n");
		add("bad parameter", "GET /text?size=x HTTP/1.1\r\nHost: test\r\n\r\n");
		add("error of the application", "GET /bytes?size=-1 HTTP/1.1\r\nHost: test\r\n\r\n");
		add("nothing");
		this.inputs.add(RawInput.of("nothing").ending());
		add("compression", "GET /text?size=5000 HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n");
		add("ranges", "GET /text?size=50 HTTP/1.1\r\nHost: test\r\nRange: bytes=0-3\r\n\r\n");
	}

	private void addLines() {
		for (String line : List.of("GET /text?size=3", "GET /text?size=3 HTTP", "GET /text?size=3 HTTP/1",
				"GET /text?size=3 HTTP/1.0", "GET /text?size=3 HTTP/0.9", "GET /text?size=3 HTTP/1.2",
				"GET /text?size=3 HTTP/1.1.1", "GET /text?size=3 HTTP/2.0", "GET /text?size=3 HTTP/3.7",
				"GET /text?size=3 http/1.1", "GET /text?size=3 HTTQ/1.1", "GET /text?size=3 HTTP/1.1 x",
				"GET  /text?size=3  HTTP/1.1", "GET\t/text?size=3\tHTTP/1.1", " GET /text?size=3 HTTP/1.1",
				"\r\nGET /text?size=3 HTTP/1.1", "\r\n\r\n\r\nGET /text?size=3 HTTP/1.1", "\nGET /text?size=3 HTTP/1.1",
				"GET http://test/text?size=3 HTTP/1.1", "GET http://other:81/text?size=3 HTTP/1.1",
				"GET //text?size=3 HTTP/1.1", "GET /./text?size=3 HTTP/1.1", "GET /x/../text?size=3 HTTP/1.1",
				"GET /../text?size=3 HTTP/1.1", "GET /%74ext?size=3 HTTP/1.1", "GET /%2e%2e/text?size=3 HTTP/1.1",
				"GET /%2ftext?size=3 HTTP/1.1", "GET /%00 HTTP/1.1", "GET /%zz HTTP/1.1", "GET /% HTTP/1.1",
				"GET /te\\xt?size=3 HTTP/1.1", "GET /text?size=3#x HTTP/1.1", "GET /text;a=b?size=3 HTTP/1.1",
				"GET /\u00e9 HTTP/1.1", "GET /\u0001 HTTP/1.1", "GET /\u0000 HTTP/1.1", "GET /<x>{y}|z HTTP/1.1",
				"GET /text?size=3&x=[] HTTP/1.1", "GET text?size=3 HTTP/1.1", "GET * HTTP/1.1", "OPTIONS * HTTP/1.1",
				"CONNECT test:80 HTTP/1.1", "GET  HTTP/1.1", "GET", "", "\u0016\u0003\u0001\u0002\u0000\u0001")) {
			add("line '" + line + "'", line + "\r\nHost: test\r\n\r\n");
		}
		add("long line", "GET /text?size=3&x=" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: test\r\n\r\n");
		add("line without end", "GET /" + "x".repeat(20_000));
		add("bare line feeds", GET.replace("\r\n", "\n"));
		add("bare carriage returns", GET.replace("\r\n", "\r"));
		add("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	}

	private void addHeaders() {
		for (String header : List.of("Host: test\r\nHost: test", "Host: test\r\nHost: other", "Host:", "Host: a b",
				"Host: test:80", "Host: test:x", "Host: [::1]:80", "Host: [", "Host: user@test", "host: test",
				"X: y\r\nHost: test", "Host : test", "Host\t: test", "Host test", "Host", ": test",
				"Host: test\r\n X: y", "Host: test\r\n\tx", " Host: test", "Host: test\r\nX: \u0000",
				"Host: test\r\nX: \u0001", "Host: test\r\nX: \u00e9", "Host: test\r\nX\u00e9: y",
				"Host: test\r\nX\u0000: y", "Host: test\r\nX[]: y", "Host: test\r\nX: y\rZ: z",
				"Host: test\r\nX: y\nZ: z", "Host: test\r\nX:", "Host: test\r\nX:y", "Host: test\r\nX:   y   ",
				"Host: test\r\nConnection: close, x", "Host: test\r\nConnection: x, close",
				"Host: test\r\nConnection: CLOSE", "Host: test\r\nConnection: keep-alive, close",
				"Host: test\r\nConnection: keep-alive", "Host: test\r\nConnection: x\r\nConnection: close",
				"Host: test\r\nX: " + "y".repeat(7_000), "Host: test\r\nX: " + "y".repeat(9_000),
				"Host: test\r\n" + "y".repeat(9_000) + ": x", "Host: test" + "\r\nX: y".repeat(90),
				"Host: test" + "\r\nX: y".repeat(300),
				"Host: test\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
				"Host: test\r\nCookie: a=b; c=\"d", "Host: test\r\nAccept: x", "Host: test\r\nAccept: */*;q=x",
				"Host: test\r\nExpect: 100-continue", "Host: test\r\nX-Forwarded-For: 1.2.3.4")) {
			add("header '" + header.substring(0, Math.min(60, header.length())) + "' of " + header.length(),
					"GET /text?size=3 HTTP/1.1\r\n" + header + "\r\n\r\n");
		}
		add("keep-alive of 1.0", "GET /text?size=3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET);
		add("none of 1.0", "GET /text?size=3 HTTP/1.0\r\n\r\n" + GET);
		add("headers without end", "GET /text?size=3 HTTP/1.1\r\n" + "X: y\r\n".repeat(3_000));
	}

	private void addBodies() {
		for (String framing : List.of("Content-Length: 4\r\nContent-Length: 4",
				"Content-Length: 4\r\nContent-Length: 5", "Content-Length: 4, 4", "Content-Length: 4, 5",
				"Content-Length: +4", "Content-Length: -4", "Content-Length: 0x4", "Content-Length: 4.0",
				"Content-Length: four", "Content-Length:", "Content-Length: 4 4",
				"Content-Length: 99999999999999999999", "Content-Length: 9223372036854775807", "Content-Length: 04",
				"Content-Length : 4", "Content-Length: 2", "Content-Length: 40",
				"Transfer-Encoding: identity\r\nContent-Length: 4", "Transfer-Encoding: gzip", "Transfer-Encoding:",
				"Transfer-Encoding: x\r\nContent-Length: 4")) {
			add("framing '" + framing + "'", POST + framing + "\r\n\r\nbody" + GET);
		}
		this.inputs.add(RawInput.of("short body", POST + "Content-Length: 40\r\n\r\nbody").ending());
		for (String encoding : List.of("Transfer-Encoding: chunked\r\nContent-Length: 4",
				"Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, chunked",
				"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
				"Transfer-Encoding: chunked, gzip", "Transfer-Encoding: xchunked", "Transfer-Encoding: chunked;x",
				"Transfer-Encoding: \"chunked\"", "Transfer-Encoding: CHUNKED", "Transfer-Encoding:chunked ",
				"Transfer-Encoding: \u000bchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: chunked,",
				"transfer-encoding: chunked")) {
			add("encoding '" + encoding + "'", POST + encoding + "\r\n\r\n4\r\nbody\r\n0\r\n\r\n" + GET);
		}
		for (String chunks : List.of("4\nbody\n0\n\n", "4 \r\nbody\r\n0\r\n\r\n", " 4\r\nbody\r\n0\r\n\r\n",
				"0x4\r\nbody\r\n0\r\n\r\n", "-4\r\nbody\r\n0\r\n\r\n", "+4\r\nbody\r\n0\r\n\r\n",
				"g\r\nbody\r\n0\r\n\r\n", "\r\nbody\r\n0\r\n\r\n", "4;\r\nbody\r\n0\r\n\r\n",
				"4;a=\"b\r\nbody\r\n0\r\n\r\n", "4\r\nbodyx\r\n0\r\n\r\n", "4\r\nbod\r\n0\r\n\r\n",
				"4\r\nbody0\r\n\r\n", "00000004\r\nbody\r\n00\r\n\r\n", "fffffffff\r\nbody\r\n0\r\n\r\n",
				"7fffffff\r\nbody\r\n0\r\n\r\n", "4\r\nbody\r\n0\r\nContent-Length: 3\r\n\r\n",
				"4\r\nbody\r\n0\r\nX\r\n\r\n", "4\r\nbody\r\n0\r\n X: y\r\n\r\n", "4\r\nbody\r\n0\r\n",
				"4;" + "x".repeat(9_000) + "\r\nbody\r\n0\r\n\r\n", "0\r\n\r\n")) {
			add("chunks '" + chunks.substring(0, Math.min(40, chunks.length())) + "'",
					POST + "Transfer-Encoding: chunked\r\n\r\n" + chunks + GET);
		}
	}

	private void addPipelined() {
		add("two", GET + GET);
		add("twenty", GET.repeat(20));
		add("two hundred", GET.repeat(200));
		add("all kinds", GET + SIZED + HEAD + CHUNKED + GET);
		add("after the last", LAST + GET);
		add("after an error", GET + "GET /none HTTP/1.1\r\nHost: test\r\n\r\n" + GET);
		add("before what is no request", GET + "nonsense\r\n\r\n" + GET);
		add("what is no request", "nonsense\r\n\r\n" + GET);
		add("after an upgrade", UPGRADE + GET);
		add("after a body that nobody reads",
				"POST /none HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody" + GET);
		add("slow and fast", "GET /slow?millis=50 HTTP/1.1\r\nHost: test\r\n\r\n" + GET + LAST);
		add("empty lines between", GET + "\r\n" + GET + "\r\n\r\n" + GET);
		this.inputs.add(RawInput.of("twenty", GET.repeat(20)).ending());
		this.inputs.add(RawInput.of("one and a half", GET + GET.substring(0, 20)).ending());
	}

	private void addCut() {
		for (int length : new int[] { 1, 2, 3, 5, 8, 13, 21, 34, 55 }) {
			this.inputs.add(RawInput.of("all kinds", GET + SIZED + CHUNKED + HEAD + LAST).inPiecesOf(length));
		}
		this.inputs.add(RawInput.of("upgrade", UPGRADE).inPiecesOf(10));
		for (int cut : new int[] { 1, 3, 4, 5, 16, 20, 24, 25, 26, 27, 35, 37, 38, 39, 40 }) {
			add("get cut at " + cut, GET.substring(0, cut), GET.substring(cut));
			this.inputs.add(RawInput.of("get cut at " + cut, GET.substring(0, cut)).ending());
			this.inputs.add(RawInput.of("get cut at " + cut + " after another", GET)
				.answeredThen("get cut at " + cut + " after another", RawInput.bytes(GET.substring(0, cut)),
						RawInput.bytes(GET.substring(cut))));
		}
	}

	private void addWebSockets() {
		RawInput socket = RawInput.of("upgrade", UPGRADE);
		for (String change : List.of("websocket>WebSocket", "websocket>web", "13>12", "13>0", "13>x",
				"Sec-WebSocket-Version: 13\r\n>", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n>",
				"dGhlIHNhbXBsZSBub25jZQ==>short", "Connection: Upgrade>Connection: keep-alive, Upgrade",
				"Connection: Upgrade>Connection: close", "GET>POST", "HTTP/1.1>HTTP/1.0",
				"Host: test>Host: test\r\nOrigin: http://other", "Host: test>Host: test\r\nSec-WebSocket-Protocol: x",
				"Host: test>Host: test\r\nSec-WebSocket-Extensions: permessage-deflate", "/ws>/none")) {
			int split = change.indexOf('>');
			add("upgrade with " + change, UPGRADE.replace(change.substring(0, split), change.substring(split + 1)));
		}
		for (int opcode = 0; opcode < 16; opcode++) {
			this.inputs.add(socket.answeredThen("opcode " + opcode, frame(0x80 | opcode, "ok")));
			this.inputs.add(socket.answeredThen("part of opcode " + opcode, frame(opcode, "ok"), frame(0x80, "!")));
		}
		for (int reserved : new int[] { 0x40, 0x20, 0x10, 0x70 }) {
			this.inputs.add(socket.answeredThen("reserved bits " + reserved, frame(0x81 | reserved, "ok")));
		}
		for (int code : new int[] { 0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1012, 1015, 1016,
				2999, 3000, 4999, 5000, 65535 }) {
			this.inputs
				.add(socket.answeredThen("close " + code, frame(0x88, (char) (code >> 8) + "" + (char) (code & 0xff))));
		}
		this.inputs.add(socket.answeredThen("close without code", frame(0x88, "")));
		this.inputs.add(socket.answeredThen("close with half a code", frame(0x88, "\u0003")));
		this.inputs.add(socket.answeredThen("close with bad text", frame(0x88, "\u0003\u00e8\u00ff")));
		this.inputs.add(socket.answeredThen("close twice", frame(0x88, "\u0003\u00e8"), frame(0x88, "\u0003\u00e8")));
		this.inputs.add(socket.answeredThen("text after close", frame(0x88, "\u0003\u00e8"), frame(0x81, "x")));
		for (int length : new int[] { 0, 1, 125, 126, 127, 1000, 65_535, 65_536, 70_000 }) {
			this.inputs.add(socket.answeredThen("text of " + length, frame(0x81, "x".repeat(length))));
			this.inputs.add(socket.answeredThen("ping of " + length, frame(0x89, "x".repeat(length))));
		}
		this.inputs.add(socket.answeredThen("bad text", frame(0x81, "\u00ff\u00fe")));
		this.inputs.add(socket.answeredThen("half a character", frame(0x81, "\u00c3")));
		this.inputs.add(socket.answeredThen("character in two parts", frame(0x01, "\u00c3"), frame(0x80, "\u00a9")));
		this.inputs
			.add(socket.answeredThen("ping between parts", frame(0x01, "a"), frame(0x89, "p"), frame(0x80, "b")));
		this.inputs.add(socket.answeredThen("text between parts", frame(0x01, "a"), frame(0x81, "b")));
		this.inputs.add(socket.answeredThen("unmasked", RawInput.bytes("\u0081\u0005hello")));
		this.inputs.add(socket.answeredThen("unmasked ping", RawInput.bytes("\u0089\u0000")));
		this.inputs.add(socket.answeredThen("unmasked close", RawInput.bytes("\u0088\u0000")));
		this.inputs.add(socket.answeredThen("negative length", RawInput
			.bytes("\u0081\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u0000\u0000\u0000\u0000")));
		this.inputs.add(socket.answeredThen("no shortest length",
				RawInput.bytes("\u0081\u00fe\u0000\u0001\u0000\u0000\u0000\u0000x")));
		this.inputs.add(socket.answeredThen("HTTP after the upgrade", RawInput.bytes(GET)));
		this.inputs.add(socket.answeredThen("three", frame(0x81, "a"), frame(0x82, "b"), frame(0x89, "c")));
		this.inputs.add(socket.answeredThen("cut", frame(0x81, "hello")).inPiecesOf(3));
		this.inputs
			.add(new RawInput("half a frame", socket.answeredThen("", RawInput.bytes("\u0081\u0085")).steps(), true));
		this.inputs.add(new RawInput("end after the upgrade", socket.answeredThen("", frame(0x81, "x")).steps(), true));
	}

	private static byte[] frame(int first, String payload) {
		byte[] mask = { 1, 2, 3, 4 };
		byte[] content = RawInput.bytes(payload);
		int lengthBytes = (content.length < 126) ? 0 : (content.length < 65_536) ? 2 : 8;
		byte[] frame = new byte[2 + lengthBytes + mask.length + content.length];
		frame[0] = (byte) first;
		frame[1] = (byte) (0x80 | ((lengthBytes == 0) ? content.length : (lengthBytes == 2) ? 126 : 127));
		for (int i = 0; i < lengthBytes; i++) {
			frame[2 + i] = (byte) ((long) content.length >> 8 * (lengthBytes - 1 - i));
		}
		System.arraycopy(mask, 0, frame, 2 + lengthBytes, mask.length);
		for (int i = 0; i < content.length; i++) {
			frame[2 + lengthBytes + mask.length + i] = (byte) (content[i] ^ mask[i % mask.length]);
		}
		return frame;
	}

}
