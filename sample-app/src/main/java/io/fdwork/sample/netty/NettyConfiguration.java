package io.fdwork.sample.netty;

import io.fdwork.sample.Journal;
import io.fdwork.sample.SampleProperties;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Serves with a Netty pipeline instead of the web server.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "sample.serving", havingValue = "netty")
@EnableConfigurationProperties(DirectProperties.class)
class NettyConfiguration {

	@Bean
	HttpPipeline httpPipeline(SampleProperties properties, ObjectProvider<Journal> journal) {
		Journal own = journal.getIfAvailable();
		return new HttpPipeline(new Routes(properties, own), (own != null) ? new JournalHandler(own) : null);
	}

	@Bean
	@ConditionalOnProperty("sample.direct-port")
	DirectServer directServer(HttpPipeline pipeline, DirectProperties properties) {
		return new DirectServer(pipeline, properties);
	}

}
