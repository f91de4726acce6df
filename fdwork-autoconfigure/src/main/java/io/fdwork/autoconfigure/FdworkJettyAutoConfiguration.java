package io.fdwork.autoconfigure;

import io.fdwork.internal.serve.jetty.JettyServer;
import io.fdwork.internal.serve.jetty.PortlessJettyWebServerFactory;
import io.fdwork.internal.worker.Worker;
import jakarta.servlet.ServletRequest;
import org.eclipse.jetty.ee11.webapp.WebAppContext;
import org.eclipse.jetty.server.Server;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.jetty.JettyServerCustomizer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.servlet.ServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;

/**
 * Auto-configuration that serves works with an application on Jetty: its main web server
 * binds no port, that is the daemon's.
 */
@AutoConfiguration(before = FdworkAutoConfiguration.class, after = FdworkTomcatAutoConfiguration.class,
		beforeName = "org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration")
@ConditionalOnClass({ ServletRequest.class, Server.class, WebAppContext.class, JettyServletWebServerFactory.class })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@Import(ServletWarmUpConfiguration.class)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
@ConditionalOnMissingBean(value = ServletWebServerFactory.class, search = SearchStrategy.CURRENT)
public final class FdworkJettyAutoConfiguration {

	@Bean
	@ConditionalOnServingWebServer
	JettyServer fdworkJettyServer(ObjectProvider<Worker> worker, FdworkProperties properties, Environment environment) {
		// The worker asks this server how many connections it takes, so it comes later
		return new JettyServer(SingletonSupplier.of(() -> worker.getObject().idleReturn()),
				new PropertiesMapper(properties, environment).idleReturn());
	}

	@Bean
	PortlessJettyWebServerFactory fdworkPortlessJettyWebServerFactory(BeanFactory beanFactory,
			ObjectProvider<JettyServer> server, FdworkProperties properties, Environment environment,
			ObjectProvider<JettyServerCustomizer> customizers) {
		int clientPort = new PropertiesMapper(properties, environment).clientPort();
		if (LeanDaemon.is(beanFactory)) {
			return PortlessJettyWebServerFactory.forLeanDaemon(clientPort);
		}
		PortlessJettyWebServerFactory factory = PortlessJettyWebServerFactory.forMainServer(server.getIfAvailable(),
				clientPort);
		// As Boot's own
		factory.getServerCustomizers().addAll(customizers.orderedStream().toList());
		return factory;
	}

}
