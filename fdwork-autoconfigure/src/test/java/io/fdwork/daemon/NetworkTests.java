package io.fdwork.daemon;

import java.net.InetAddress;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Network}.
 */
class NetworkTests {

	@ParameterizedTest
	@CsvSource({ "10.0.0.0/8,10.255.0.1,true", "10.0.0.0/8,11.0.0.1,false", "127.0.0.1,127.0.0.1,true",
			"127.0.0.1,127.0.0.2,false", "192.168.4.0/22,192.168.7.255,true", "192.168.4.0/22,192.168.8.0,false",
			"128.0.0.0/1,255.0.0.1,true", "128.0.0.0/1,127.0.0.1,false", "0.0.0.0/0,203.0.113.7,true",
			"0.0.0.0/0,::1,false", "::/0,::1,true", "::/0,127.0.0.1,false", "fd00::/8,fdff::1,true",
			"fd00::/8,fe80::1,false", "2001:db8::/33,2001:db8:7fff::1,true", "2001:db8::/33,2001:db8:8000::1,false",
			"::1,::1,true", "::1,::2,false" })
	void shouldTellWhatIsInNetwork(String network, String address, boolean expected) throws Exception {
		assertThat(Network.of(network).contains(InetAddress.getByName(address))).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0.0/", "10.0.0.0/x",
			"10.0.0/8", "example.org/8", "1.2.3.4/8/9" })
	void shouldRefuseWhatIsNone(String network) {
		assertThatIllegalArgumentException().isThrownBy(() -> Network.of(network));
	}

	@Test
	void shouldSayWhatItIs() {
		assertThat(Network.of("10.0.0.0/8")).hasToString("10.0.0.0/8");
		assertThat(Network.of("127.0.0.1")).hasToString("127.0.0.1/32");
	}

}
