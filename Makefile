.PHONY: help programs

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

programs: ## compile the programs to target/deploy/*.so (PROGRAM=NAME: that one)
	sbf/build.sh $(PROGRAM)
