package io.fdwork.autoconfigure;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.fdwork.WorkHandler;
import io.fdwork.worker.ServingMode;
import io.netty.channel.ChannelInitializer;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;

/**
 * Matches in a worker that is served by its web server, as the user has no bean that says
 * otherwise.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@ConditionalOnRole(Role.WORKER)
@ConditionalOnMissingBean({ WorkHandler.class, ChannelInitializer.class, ServingMode.class })
@interface ConditionalOnServingWebServer {

}
