MODULES: dict = {}
