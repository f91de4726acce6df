package io.fdwork.sample.netty;

import java.net.InetAddress;
import java.net.InetSocketAddress;

import io.fdwork.sample.SampleProperties;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Serves with a Netty pipeline instead of the web server.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "sample.serving", havingValue = "netty")
class NettyConfiguration {

	@Bean
	HttpPipeline httpPipeline(SampleProperties properties, ObjectProvider<Journal> journal) {
		Journal own = journal.getIfAvailable();
		return new HttpPipeline(new Routes(properties.haltEnabled()), (own != null) ? new JournalHandler(own) : null);
	}

	@Bean
	@ConditionalOnProperty("sample.direct-port")
	DirectServer directServer(HttpPipeline pipeline, @Value("${sample.direct-port}") int port) {
		return new DirectServer(pipeline, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

}
