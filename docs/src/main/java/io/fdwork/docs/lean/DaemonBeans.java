package io.fdwork.docs.lean;

import java.util.function.Consumer;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.daemon.DaemonCustomizer;
import io.fdwork.integration.event.WorkerExitedEvent;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * In the daemon: changes its options, and hears of workers that have ended.
 */
// tag::marked[]
@Configuration(proxyBeanMethods = false)
@ConditionalOnRole(Role.DAEMON)
public class DaemonBeans {

	@Bean
	DaemonCustomizer fewWorkers() {
		return (options) -> options.setMaxWorkers(16);
	}

	@Bean
	ApplicationListener<WorkerExitedEvent> exitListener(ObjectProvider<Consumer<String>> operators) {
		return (event) -> operators.ifAvailable((operator) -> operator.accept(event.getExit().describe()));
	}

}
// end::marked[]
