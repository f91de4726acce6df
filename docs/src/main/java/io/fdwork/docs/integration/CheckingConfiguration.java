package io.fdwork.docs.integration;

import java.util.function.Predicate;

import io.fdwork.Work;
import io.fdwork.integration.FdworkChannels;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.dsl.IntegrationFlow;

/**
 * In a worker: a filter before the handler bean.
 */
@Configuration(proxyBeanMethods = false)
public class CheckingConfiguration {

	// tag::checking[]
	@Bean
	IntegrationFlow checkClient(Predicate<Work> welcome) {
		return IntegrationFlow.from("checkedChannel")
			.filter(Work.class, welcome::test, (filter) -> filter.throwExceptionOnRejection(true))
			.channel(FdworkChannels.GET)
			.get();
	}
	// end::checking[]

}
