package io.fdwork.internal.recovery;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReplayRule}.
 */
class ReplayRuleTests {

	private final ReplayRule rule = new ReplayRule(Set.of("GET", "HEAD"), 4096);

	@ParameterizedTest
	@ValueSource(strings = { "GET / HTTP/1.1|Host: x||", "HEAD /a?b=c HTTP/1.0||",
			"GET / HTTP/1.1|Host: x|Connection: close|X: \t\u00fc||", "GET / HTTP/1.1|Content-Length: 0||",
			"GET / HTTP/1.1|Host: x||HEAD / HTTP/1.1|Host: x||", "G", "GET", "GET ", "GET /a", "GET / HTTP/1.1",
			"GET / HTTP/1.1|", "GET / HTTP/1.1|Ho", "GET / HTTP/1.1|Host: x|", "GET / HTTP/1.1|Host: x||HEA" })
	void shouldPermitRequestsThatMayBeExecutedTwice(String read) {
		assertThat(permits(read)).isTrue();
		assertThat(permits(read + "\r")).as("with a part of a line end").isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "POST / HTTP/1.1|Host: x||", "PO", "get / HTTP/1.1||", "GETS / HTTP/1.1||",
			"GET / HTTP/1.1|Host: x||POST / HTTP/1.1||", "GET / HTTP/1.1|Host: x||PO", "GET / HTTP/1.1||x",
			"GET / HTTP/1.1|Content-Length: 1||x", "GET / HTTP/1.1|Content-Length: 0, 1||",
			"GET / HTTP/1.1|content-length:1|", "GET / HTTP/1.1|Content-Length: 0",
			"GET / HTTP/1.1|Transfer-Encoding: chunked||", "GET / HTTP/1.1|TRANSFER-ENCODING: x||",
			"GET / HTTP/1.1|Upgrade: websocket||", "GET / HTTP/1.1|Expect: 100-continue||",
			"GET / HTTP/1.1|HTTP2-Settings: x||", "GET / HTTP/2.0||", "GET /||", "GET  / HTTP/1.1||",
			"GET / HTTP/1.1 ||", "|GET / HTTP/1.1||", "GET / HTTP/1.1|Host x||", "GET / HTTP/1.1|Host : x||",
			"GET / HTTP/1.1| folded: x||", "GET / HTTP/1.1|: x||", "GET / HTTP/1.1|A: x\n\nPOST / HTTP/1.1||",
			"GET / HTTP/1.1\n\n", "GET / HTTP/1.1|A: x\rB: y||", "GET / HTTP/1.1|A: \u0000||", "PRI * HTTP/2.0||SM||" })
	void shouldNotPermitWhatMayBeExecutedOnceOrBeUnderstoodInTwoWays(String read) {
		assertThat(permits(read)).isFalse();
	}

	@Test
	void shouldPermitNothingWithoutMethods() {
		assertThat(ReplayRule.NONE.permits(bytes("GET / HTTP/1.1||"))).isFalse();
	}

	@Test
	void shouldJudgeWhateverAWorkerHasWritten() {
		Random random = new Random(4711);
		byte[] request = bytes("GET / HTTP/1.1|Host: x||");
		for (int i = 0; i < 10_000; i++) {
			byte[] changed = request.clone();
			changed[random.nextInt(changed.length)] = (byte) random.nextInt();
			this.rule.permits(changed);
			assertThat(ReplayRule.firstLine(changed)).matches("[ -~]*");
		}
	}

	@Test
	void shouldShowFirstLineEscapedAndCut() {
		assertThat(ReplayRule.firstLine(bytes("GET /a HTTP/1.1|Host: x||"))).isEqualTo("GET /a HTTP/1.1");
		assertThat(ReplayRule.firstLine(bytes("GET /\u001b\"\\\u00fc"))).isEqualTo("GET /\\x1b\\x22\\x5c\\xfc");
		assertThat(ReplayRule.firstLine(bytes("GET /" + "a".repeat(4000)))).hasSize(203).endsWith("...");
		assertThat(ReplayRule.firstLine(new byte[0])).isEmpty();
	}

	private boolean permits(String read) {
		return this.rule.permits(bytes(read));
	}

	private static byte[] bytes(String read) {
		return read.replace("|", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
	}

}
