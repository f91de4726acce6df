package io.fdwork.internal.serve.web;

import io.fdwork.autoconfigure.FdworkTomcatAutoConfiguration;

import org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyReactiveManagementContextAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.actuate.web.server.JettyServletManagementContextAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatReactiveManagementContextAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatServletManagementContextAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;

/**
 * The web servers.
 */
enum WebServerType {

	REACTOR_NETTY(FluxApplication.class, TomcatReactiveWebServerAutoConfiguration.class,
			TomcatReactiveManagementContextAutoConfiguration.class, JettyReactiveWebServerAutoConfiguration.class,
			JettyReactiveManagementContextAutoConfiguration.class),

	TOMCAT(MvcApplication.class, JettyServletWebServerAutoConfiguration.class,
			JettyServletManagementContextAutoConfiguration.class),

	JETTY(MvcApplication.class, TomcatServletWebServerAutoConfiguration.class,
			TomcatServletManagementContextAutoConfiguration.class, FdworkTomcatAutoConfiguration.class);

	private final Class<?> application;

	private final Class<?>[] excluded;

	WebServerType(Class<?> application, Class<?>... excluded) {
		this.application = application;
		this.excluded = excluded;
	}

	Class<?> application() {
		return this.application;
	}

	boolean isReactive() {
		return this.application == FluxApplication.class;
	}

	/**
	 * Return what would auto-configure the other web servers, which are on the class path
	 * too.
	 */
	String exclude() {
		StringBuilder names = new StringBuilder();
		for (Class<?> type : this.excluded) {
			names.append((names.isEmpty()) ? "" : ",").append(type.getName());
		}
		return names.toString();
	}

}
